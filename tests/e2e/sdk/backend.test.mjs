// The official clients with a model server behind waybilld: they see what they see without it, and the callback
// carries what the same call answers without `stream`.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import {startReceiver} from './receiver.mjs';

const kModel = 'tiny-1';
const words = 'Say it again, word for word: Ä, 漢字, 🙂.';
const cities = 'How is the weather in Paris and in Rome?';
const weather = {
    name: 'get_weather',
    parameters: {type: 'object', properties: {city: {type: 'string'}}, required: ['city']},
};
const tools = [{type: 'function', function: weather}];

const plain = (object) => JSON.parse(JSON.stringify(object));

/// Without what says nothing: null, the empty list of tool calls that vLLM writes in whole answers only, and the
/// empty text with which its streams begin.
function said(value) {
    if (Array.isArray(value)) return value.map(said);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
        Object.entries(value)
            .filter(([key, member]) => member !== null &&
                !(['content', 'tool_calls'].includes(key) && member.length === 0))
            .map(([key, member]) => [key, said(member)]));
}

/// Without the id, which is another one for each call.
const withoutId = ({id: _, ...rest}) => rest;

/// What `call(client)` gives straight and through waybilld; the same, or the test has failed.
async function same(urls, call) {
    const [straight, through] = await Promise.all(urls.map(async (url) => {
        const client = new OpenAI({baseURL: url + '/v1', apiKey: 'sk-any', maxRetries: 0});
        return withoutId(plain(await call(client)));
    }));
    assert.deepEqual(through, straight);
    return through;
}

/// The error that `call(client)` ends with, as the SDK shows it.
async function errorOf(call) {
    try {
        await call;
    } catch (error) {
        return {kind: error.constructor.name, status: error.status, code: error.code, error: error.error};
    }
    assert.fail('the call did not fail');
}

async function streamed(client, request) {
    const receiver = await startReceiver();
    const metadata = {completion_webhook: receiver.url, webhook_token: 's3cret'};
    const stream = client.chat.completions.stream({...request, metadata});
    const final = plain(await stream.finalChatCompletion());
    const callback = JSON.parse((await receiver.next()).body);
    receiver.close();
    return {final, callback};
}

for (const [dialect, direct, through] of [
    ['vLLM', process.env.VLLM_DIRECT_URL, process.env.VLLM_URL],
    ['llama.cpp', process.env.LLAMA_DIRECT_URL, process.env.LLAMA_URL]]) {
    const urls = [direct, through];
    const client = new OpenAI({baseURL: through + '/v1', apiKey: 'sk-any', maxRetries: 0});
    const ask = {model: kModel, messages: [{role: 'user', content: words}]};
    const askTools = {model: kModel, tools, messages: [{role: 'user', content: cities}]};

    test(`${dialect}: chat completions, whole`, async () => {
        const answer = await same(urls, (openai) => openai.chat.completions.create(ask));
        assert.equal(answer.choices[0].message.content, words);
        const calls = await same(urls, (openai) => openai.chat.completions.create(askTools));
        assert.equal(calls.choices[0].message.tool_calls.length, 2);
    });

    test(`${dialect}: a chat stream is called back as the whole answer`, async () => {
        for (const request of [ask, askTools]) {
            const whole = plain(await new OpenAI({baseURL: direct + '/v1', apiKey: 'sk-any'})
                .chat.completions.create(request));
            const {final, callback} =
                await streamed(client, {...request, stream_options: {include_usage: true}});
            assert.deepEqual(said(withoutId(callback)), said(withoutId(whole)));
            assert.equal(final.choices[0].message.content || null, whole.choices[0].message.content);
            assert.equal(final.choices[0].finish_reason, whole.choices[0].finish_reason);
            assert.equal(final.id, callback.id);
        }
    });

    test(`${dialect}: tools are run from a stream`, async () => {
        const asked = [];
        const runner = client.chat.completions.runTools({
            model: kModel, stream: true, messages: askTools.messages,
            tools: [{type: 'function', function: {
                ...weather, parse: JSON.parse,
                function: ({city}) => { asked.push(city); return `sunny`; }}}]});
        assert.equal(await runner.finalContent(), 'sunny');
        assert.deepEqual(asked, ['Paris', 'Rome']);
    });

    test(`${dialect}: errors`, async () => {
        const calls = [
            (openai) => openai.chat.completions.create({...ask, model: 'nobody'}),
            (openai) => openai.chat.completions.create({...ask, model: 'nobody', stream: true}),
            (openai) => openai.chat.completions.create({model: kModel, messages: []}),
            (openai) => openai.embeddings.create({model: 'nobody', input: 'x'}),
            (openai) => openai.models.retrieve('nobody'),
            (openai) => openai.images.generate({model: kModel, prompt: 'x'}),
        ];
        for (const call of calls) await same(urls, (openai) => errorOf(call(openai)));
    });

    test(`${dialect}: embeddings, completions, models`, async () => {
        for (const input of ['one text', ['two', 'texts']])
            await same(urls, (openai) => openai.embeddings.create(
                {model: kModel, input, encoding_format: 'float'}));
        await same(urls, (openai) => openai.completions.create({model: kModel, prompt: 'Once'}));
        await same(urls, (openai) => openai.models.retrieve(kModel));
        const list = await same(urls, async (openai) => ({data: (await openai.models.list()).data}));
        assert.deepEqual(list.data.map((model) => model.id), [kModel]);
    });
}

test('vLLM: responses, whole and streamed', async () => {
    const urls = [process.env.VLLM_DIRECT_URL, process.env.VLLM_URL];
    const ask = {model: kModel, input: words};
    const whole = await same(urls, (openai) => openai.responses.create(ask));
    assert.equal(whole.output[0].content[0].text, words);
    const client = new OpenAI({baseURL: urls[1] + '/v1', apiKey: 'sk-any'});
    const receiver = await startReceiver();
    const stream = client.responses.stream({...ask, metadata: {completion_webhook: receiver.url}});
    const final = await stream.finalResponse();
    const callback = JSON.parse((await receiver.next()).body);
    receiver.close();
    assert.equal(final.output_text, words);
    assert.equal(callback.id, final.id);
    assert.deepEqual(callback.output, whole.output);
});

test('vLLM: a background response that its server refuses says why', async () => {
    const client = new OpenAI({baseURL: process.env.VLLM_URL + '/v1', apiKey: 'sk-any'});
    const receiver = await startReceiver();
    const queued = await client.responses.create(
        {model: 'nobody', input: 'x', background: true, metadata: {completion_webhook: receiver.url}});
    const callback = JSON.parse((await receiver.next()).body);
    receiver.close();
    assert.equal(callback.id, queued.id);
    assert.equal(callback.status, 'failed');
    assert.equal(callback.background, true);
    assert.match(callback.error.message, /The model `nobody` does not exist/);
    assert.deepEqual(plain(await client.responses.retrieve(queued.id)).error, callback.error);
});

test("llama.cpp: Anthropic's messages, whole, streamed and counted", async () => {
    const clients = [process.env.LLAMA_DIRECT_URL, process.env.LLAMA_URL].map(
        (baseURL) => new Anthropic({baseURL, apiKey: 'sk-any', maxRetries: 0}));
    const ask = {model: kModel, max_tokens: 64, messages: [{role: 'user', content: words}]};
    const askTools = {...ask, tools: [{name: weather.name, input_schema: weather.parameters}],
                      messages: [{role: 'user', content: cities}]};
    for (const request of [ask, askTools]) {
        const [whole, through] =
            await Promise.all(clients.map(async (client) => plain(await client.messages.create(request))));
        assert.deepEqual(withoutId(through), withoutId(whole));
        const receiver = await startReceiver();
        const stream = clients[1].messages.stream(
            {...request, metadata: {completion_webhook: receiver.url}});
        const final = plain(await stream.finalMessage());
        const callback = JSON.parse((await receiver.next()).body);
        receiver.close();
        assert.deepEqual(callback.content, whole.content);
        assert.equal(callback.stop_reason, whole.stop_reason);
        assert.equal(final.id, callback.id);
    }
    const [counted, throughCounted] =
        await Promise.all(clients.map((client) => client.messages.countTokens(
            {model: kModel, messages: ask.messages})));
    assert.deepEqual(plain(throughCounted), plain(counted));
});
