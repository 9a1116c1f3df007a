// Verifying receivers: what the official libraries accept, with the token alone and with the
// daemon's own signing secrets.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import {test} from 'node:test';
import OpenAI from 'openai';
import {Webhook as StandardWebhook} from 'standardwebhooks';
import {Webhook as SvixWebhook} from 'svix';
import {startReceiver} from './receiver.mjs';

// Node 18 has it, but not under this name.
globalThis.crypto ??= crypto.webcrypto;

async function callbackFrom(url, key, token) {
    const receiver = await startReceiver();
    const client = new OpenAI({baseURL: url + '/v1', apiKey: key});
    const metadata = {completion_webhook: receiver.url, ...(token ? {webhook_token: token} : {})};
    const response = await client.responses.create({model: 'echo', input: 'hi', metadata});
    const callback = await receiver.next();
    receiver.close();
    assert.equal(JSON.parse(callback.body).id, response.id);
    return callback;
}

async function unwrap(callback, secret) {
    return new OpenAI({apiKey: 'none'}).webhooks.unwrap(callback.body, callback.headers, secret);
}

/// Every library that can check a `v1` signature accepts it, and none a changed body.
async function accepted(callback, secret, options) {
    const changed = {...callback, body: callback.body.replace('hi', 'ho')};
    const standard = new StandardWebhook(secret, options);
    const svix = new SvixWebhook(secret, options);
    assert.equal(standard.verify(callback.body, callback.headers).object, 'response');
    assert.equal(svix.verify(callback.body, callback.headers).object, 'response');
    assert.equal((await unwrap(callback, secret)).object, 'response');
    assert.throws(() => standard.verify(changed.body, changed.headers));
    assert.throws(() => svix.verify(changed.body, changed.headers));
    await assert.rejects(unwrap(changed, secret));
}

test('the token alone is the secret', async () => {
    for (const token of ['s3cret-token', 'whsec_' + Buffer.from('a longer secret').toString('base64')]) {
        const callback = await callbackFrom(process.env.ECHO_URL, 'sk-any', token);
        assert.equal(callback.headers.authorization, 'Bearer ' + token);
        await accepted(callback, token, token.startsWith('whsec_') ? undefined : {format: 'raw'});
    }
});

test('without a token and without a secret nothing is signed', async () => {
    const callback = await callbackFrom(process.env.ECHO_URL, 'sk-any');
    assert.equal(callback.headers['webhook-signature'], undefined);
    assert.equal(callback.headers.authorization, undefined);
});

test('a configured whsec_ secret signs, beside the token', async () => {
    for (const token of [undefined, 's3cret-token']) {
        const callback = await callbackFrom(process.env.SIGNED_URL, process.env.CLIENT_KEY, token);
        await accepted(callback, process.env.WHSEC);
        if (token) await accepted(callback, token, {format: 'raw'});
    }
});

test('a configured whsk_ secret signs with Ed25519', async () => {
    const callback = await callbackFrom(process.env.SIGNED_URL, process.env.CLIENT_KEY);
    const signature = callback.headers['webhook-signature'].split(' ')
        .find((part) => part.startsWith('v1a,'));
    const seed = Buffer.from(process.env.WHSK.slice('whsk_'.length), 'base64');
    const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');  // PKCS #8 of a seed
    const key = crypto.createPrivateKey(
        {key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8'});
    const signed = `${callback.headers['webhook-id']}.${callback.headers['webhook-timestamp']}.` +
        callback.body;
    const bytes = Buffer.from(signature.slice('v1a,'.length), 'base64');
    assert.ok(crypto.verify(null, Buffer.from(signed), crypto.createPublicKey(key), bytes));
    assert.ok(!crypto.verify(null, Buffer.from(signed + ' '), crypto.createPublicKey(key), bytes));
});
