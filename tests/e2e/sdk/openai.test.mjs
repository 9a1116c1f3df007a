// The official OpenAI client in front of waybilld: does it notice anything but the callback?
import assert from 'node:assert/strict';
import {test} from 'node:test';
import OpenAI from 'openai';
import {startReceiver} from './receiver.mjs';

const client = new OpenAI({baseURL: process.env.ECHO_URL + '/v1', apiKey: 'sk-any'});
const scripted = (more = {}) =>
    new OpenAI({baseURL: process.env.SCRIPTED_URL + '/v1', apiKey: 'sk-any', ...more});
const words = 'What is 2+2? "Four", I say.\nÄ good question.';
const messages = [{role: 'user', content: words}];

const withoutHelpers = (object) => JSON.parse(JSON.stringify(object));

/// What the SDK adds to what the server said.
function bare(response) {
    const {output_text: _, ...rest} = withoutHelpers(response);
    for (const item of rest.output)
        for (const part of item.content ?? []) delete part.parsed;
    delete rest.output_parsed;
    return rest;
}

test('responses: create and retrieve', async () => {
    const response = await client.responses.create({model: 'echo', input: words});
    assert.equal(response.status, 'completed');
    assert.equal(response.output_text, words);
    assert.ok(response.usage.total_tokens > 0);
    assert.deepEqual(bare(await client.responses.retrieve(response.id)), bare(response));
});

test('responses: a stream ends with the stored object, which the callback carries', async () => {
    const receiver = await startReceiver();
    const metadata = {k: 'v', completion_webhook: receiver.url, webhook_token: 's3cret'};
    const stream = client.responses.stream({model: 'echo', input: words, metadata});
    let text = '';
    for await (const event of stream) {
        assert.ok(!JSON.stringify(event).includes('s3cret'));
        if (event.type === 'response.output_text.delta') text += event.delta;
    }
    const final = await stream.finalResponse();
    assert.equal(text, words);
    assert.equal(final.output_text, words);
    assert.deepEqual(final.metadata, {k: 'v', completion_webhook: receiver.url});
    const stored = bare(await client.responses.retrieve(final.id));
    assert.deepEqual(bare(final), stored);
    const callback = await receiver.next();
    assert.deepEqual(JSON.parse(callback.body), stored);
    assert.equal(callback.headers.authorization, 'Bearer s3cret');
    receiver.close();
});

test('chat: create, and a stream that the SDK puts together as we do', async () => {
    const whole = await client.chat.completions.create({model: 'echo', messages});
    assert.equal(whole.choices[0].message.content, words);
    const stream = client.chat.completions.stream(
        {model: 'echo', messages, stream_options: {include_usage: true}});
    const final = withoutHelpers(await stream.finalChatCompletion());
    assert.equal(final.choices[0].message.content, words);
    const stored = withoutHelpers(await client.responses.retrieve(final.id));
    assert.equal(stored.object, 'chat.completion');
    assert.equal(stored.id, final.id);
    assert.deepEqual(stored.usage, final.usage);
    for (const choice of final.choices) delete choice.message.parsed;
    assert.deepEqual(stored.choices, final.choices);
});

test('background: poll, cancel, delete', async () => {
    let response = await client.responses.create({model: 'echo', input: words, background: true});
    assert.equal(response.status, 'queued');
    const id = response.id;
    while (response.status === 'queued' || response.status === 'in_progress')
        response = await client.responses.retrieve(id);
    assert.equal(response.status, 'completed');
    assert.equal(response.id, id);
    await client.responses.delete(id);
    await assert.rejects(client.responses.retrieve(id), OpenAI.NotFoundError);

    const hanging = await scripted().responses.create(
        {model: 'hang', input: words, background: true});
    assert.equal((await scripted().responses.cancel(hanging.id)).status, 'cancelled');
    assert.equal((await scripted().responses.retrieve(hanging.id)).status, 'cancelled');
});

test('background: one that fails says why', async () => {
    let response = await scripted().responses.create(
        {model: 'status-429', input: words, background: true});
    const id = response.id;
    while (response.status === 'queued' || response.status === 'in_progress')
        response = await scripted().responses.retrieve(id);
    assert.equal(response.status, 'failed');
    assert.equal(response.background, true);
    assert.equal(response.error.message, 'scripted status-429');
    assert.equal(typeof response.error.code, 'string');
});

test('each error is the class that the SDK documents', async () => {
    const cases = [['status-400', OpenAI.BadRequestError], ['status-401', OpenAI.AuthenticationError],
                   ['status-403', OpenAI.PermissionDeniedError], ['status-404', OpenAI.NotFoundError],
                   ['status-409', OpenAI.ConflictError],
                   ['status-422', OpenAI.UnprocessableEntityError],
                   ['status-429', OpenAI.RateLimitError], ['status-500', OpenAI.InternalServerError]];
    for (const [model, kind] of cases)
        for (const stream of [false, true])
            await assert.rejects(
                scripted({maxRetries: 0}).chat.completions.create({model, messages, stream}),
                (error) => error instanceof kind && error.error.message === `scripted ${model}` &&
                    Boolean(error.requestID));
    await assert.rejects(client.chat.completions.create({model: 7, messages}),
                         (error) => error instanceof OpenAI.BadRequestError &&
                             error.param === 'model');
    await assert.rejects(client.responses.retrieve('resp_none'), OpenAI.NotFoundError);
    const keyed = new OpenAI({baseURL: process.env.SIGNED_URL + '/v1', apiKey: 'wrong'});
    await assert.rejects(keyed.responses.create({model: 'echo', input: 'x'}),
                         OpenAI.AuthenticationError);
});

test('a 503 is tried again, and a cut stream is an error', async () => {
    const completion = await scripted().chat.completions.create({model: 'busy-twice', messages});
    assert.equal(completion.choices[0].message.content, 'at last');
    await assert.rejects(async () => {
        const stream = await scripted({maxRetries: 0})
            .chat.completions.create({model: 'cut', messages, stream: true});
        for await (const _ of stream);
    });
});

test('models', async () => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.deepEqual(ids, ['echo']);
});

test('a stored response as events', async () => {
    const stored = await client.responses.create({model: 'echo', input: words});
    const events = [];
    for await (const event of await client.responses.retrieve(stored.id, {stream: true})) events.push(event);
    assert.deepEqual(bare(events.at(-1).response), bare(stored));
    const rest = [];
    const options = {stream: true, starting_after: events[2].sequence_number};
    for await (const event of await client.responses.retrieve(stored.id, options)) rest.push(event);
    assert.deepEqual(rest, events.slice(3));
});

test('routes of the backend\'s own', async () => {
    const backend = scripted();
    const made = await backend.embeddings.create({model: 'e', input: 'x', encoding_format: 'float'});
    assert.deepEqual(made.data[0].embedding, [1, 2]);
    assert.equal((await backend.models.retrieve('org/m')).id, 'org/m');
    const upload = await OpenAI.toFile(Buffer.alloc(300_000, 'x'), 'a.jsonl');
    const file = await backend.files.create({file: upload, purpose: 'batch'});
    assert.ok(file.size > 300_000);
    const content = Buffer.from(await (await backend.files.content(file.id)).arrayBuffer());
    assert.deepEqual([...content], [0, 255]);
});
