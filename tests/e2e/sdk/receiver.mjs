// A receiver of callbacks, as a customer would write one with node:http.
import http from 'node:http';

export async function startReceiver() {
    const waiting = [];
    const came = [];
    const server = http.createServer((request, response) => {
        const chunks = [];
        request.on('data', (chunk) => chunks.push(chunk));
        request.on('end', () => {
            const callback = {headers: request.headers, body: Buffer.concat(chunks).toString('utf8')};
            response.end('ok');
            const next = waiting.shift();
            next ? next(callback) : came.push(callback);
        });
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    return {
        url: `http://127.0.0.1:${server.address().port}/hook?secret=1`,
        next: () => came.length ? Promise.resolve(came.shift())
                                : new Promise((resolve) => waiting.push(resolve)),
        close: () => { server.closeAllConnections?.(); server.close(); },
    };
}
