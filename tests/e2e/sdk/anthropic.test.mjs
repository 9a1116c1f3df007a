// The official Anthropic client in front of waybilld.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import {startReceiver} from './receiver.mjs';

const client = new Anthropic({baseURL: process.env.ECHO_URL, apiKey: 'sk-any'});
const scripted = (more = {}) =>
    new Anthropic({baseURL: process.env.SCRIPTED_URL, apiKey: 'sk-any', ...more});
const words = 'What is 2+2? "Four", I say.\nÄ good question.';
const ask = {model: 'echo', max_tokens: 64, messages: [{role: 'user', content: words}]};

const plain = (object) => JSON.parse(JSON.stringify(object));

async function stored(id) {
    return (await fetch(process.env.ECHO_URL + '/v1/responses/' + id)).json();
}

test('messages: create', async () => {
    const message = await client.messages.create(ask);
    assert.equal(message.content[0].text, words);
    assert.equal(message.stop_reason, 'end_turn');
    assert.deepEqual(await stored(message.id), plain(message));
});

test('messages: a stream that the SDK puts together as we do', async () => {
    const receiver = await startReceiver();
    const stream = client.messages.stream(
        {...ask, metadata: {completion_webhook: receiver.url, webhook_token: 's3cret'}});
    let text = '';
    stream.on('text', (delta) => { text += delta; });
    const final = plain(await stream.finalMessage());
    assert.equal(text, words);
    for (const block of final.content) delete block.parsed;
    delete final.parsed_output;
    const kept = await stored(final.id);
    assert.deepEqual(kept.content.map((block) => block.text),
                     final.content.map((block) => block.text));
    assert.deepEqual([kept.id, kept.usage, kept.stop_reason], [final.id, final.usage, final.stop_reason]);
    assert.deepEqual(JSON.parse((await receiver.next()).body), kept);
    receiver.close();
});

test('each error is the class that the SDK documents', async () => {
    const cases = [['status-400', Anthropic.BadRequestError],
                   ['status-401', Anthropic.AuthenticationError],
                   ['status-404', Anthropic.NotFoundError],
                   ['status-429', Anthropic.RateLimitError],
                   ['status-500', Anthropic.InternalServerError]];
    for (const [model, kind] of cases)
        await assert.rejects(scripted({maxRetries: 0}).messages.create({...ask, model}), kind);
    await assert.rejects(client.messages.create({...ask, model: 7}),
                         (error) => error instanceof Anthropic.BadRequestError &&
                             error.error.error.type === 'invalid_request_error' &&
                             Boolean(error.requestID));
    const keyed = new Anthropic({baseURL: process.env.SIGNED_URL, apiKey: 'wrong'});
    await assert.rejects(keyed.messages.create(ask), Anthropic.AuthenticationError);
    const right = new Anthropic({baseURL: process.env.SIGNED_URL, apiKey: process.env.CLIENT_KEY});
    assert.equal((await right.messages.create(ask)).content[0].text, words);
});

test('a 503 is tried again', async () => {
    const message = await scripted().messages.create({...ask, model: 'busy-twice'});
    assert.equal(message.content[0].text, 'at last');
});

test('models', async () => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.deepEqual(ids, ['echo']);
});

test('routes of the backend\'s own', async () => {
    const backend = scripted();
    assert.equal((await backend.messages.countTokens(ask)).input_tokens, 7);
    assert.equal((await backend.models.retrieve('org/m')).id, 'org/m');
});
