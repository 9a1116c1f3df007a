"""A model server as people run one: what vLLM and llama.cpp answer, by their public documentation.

Both serve OpenAI's chat completions, completions, embeddings and models; vLLM also Responses and its
tokenizer, llama.cpp also Anthropic's messages. The model says the last thing it was told, calls
`get_weather` once for each city that is named while it has that tool, and knows one name.

https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
"""

import itertools
import json
import re

from scripted_upstream import sse

MODEL = "tiny-1"
CITIES = ("Paris", "Rome", "Oslo")


class ModelServer:
    """A script for ScriptedUpstream. `dialect`: "vllm" or "llama.cpp"."""

    def __init__(self, dialect):
        self.vllm = dialect == "vllm"
        self.calls = itertools.count(1)

    def __call__(self, exchange):
        request = exchange.request
        path = request.path.split("?")[0]
        number = f"{next(self.calls):04x}"  # of the call, in the ids of its objects
        if request.method == "GET":
            return self.read(exchange, path)
        asked = request.json
        if asked.get("model", MODEL) != MODEL:
            return self.error(exchange, 404, "The model `%s` does not exist." % asked["model"])
        answer = {
            "/v1/chat/completions": self.chat, "/v1/completions": self.completion,
            "/v1/embeddings": self.embeddings,
            **({"/v1/responses": self.responses, "/tokenize": self.tokenize} if self.vllm else
               {"/v1/messages": self.messages, "/v1/messages/count_tokens": self.count_tokens}),
        }.get(path)
        if answer is None:
            return self.error(exchange, 404, "Not Found")
        return answer(exchange, asked, number)

    def error(self, exchange, status, message):
        kind = {400: "BadRequestError", 404: "NotFoundError"}[status]
        error = {"message": message, "type": kind, "param": None, "code": status} if self.vllm else \
            {"code": status, "message": message,
             "type": {400: "invalid_request_error", 404: "not_found_error"}[status]}
        send(exchange, {"error": error}, status)

    def read(self, exchange, path):
        model = {"id": MODEL, "object": "model", "created": 1,
                 "owned_by": "vllm" if self.vllm else "llamacpp"}
        model.update({"root": MODEL, "parent": None, "max_model_len": 4096} if self.vllm else
                     {"meta": {"vocab_type": 2, "n_vocab": 32000, "n_ctx_train": 4096}})
        if path == "/v1/models":
            return send(exchange, {"object": "list", "data": [model]})
        if path == "/v1/models/" + MODEL:
            return send(exchange, model)
        return self.error(exchange, 404, "Not Found")

    # ---- OpenAI's chat completions

    def chat(self, exchange, asked, number):
        if not asked.get("messages"):
            return self.error(exchange, 400, "messages must not be empty")
        text = last_words(asked["messages"])
        calls = tool_calls(text) if asked.get("tools") else []
        reason = "tool_calls" if calls else "stop"
        if asked.get("stream"):
            wants_usage = (asked.get("stream_options") or {}).get("include_usage")
            return stream(exchange, self.chunks(number, text, calls, reason, wants_usage))
        message = {"role": "assistant", "content": None if calls else text}
        if calls or self.vllm:
            message["tool_calls"] = calls
        choice = {"index": 0, "message": message, "finish_reason": reason}
        if self.vllm:
            message.update(refusal=None, annotations=None, audio=None, function_call=None,
                           reasoning_content=None)
            choice.update(logprobs=None, stop_reason=None, token_ids=None)
        return send(exchange, {**self.head(number, "chat.completion"), "choices": [choice],
                               "usage": usage(text), **self.tail()})

    def head(self, number, kind):
        return {"id": "chatcmpl-" + number, "object": kind, "created": 1700000000, "model": MODEL,
                **({} if self.vllm else {"system_fingerprint": "b6000-1"})}

    def tail(self):
        return {"service_tier": None, "system_fingerprint": None, "prompt_logprobs": None,
                "kv_transfer_params": None} if self.vllm else \
            {"timings": {"prompt_n": 3, "predicted_ms": 1.25}}

    def chunks(self, number, text, calls, reason, wants_usage):
        def chunk(delta, finish=None, **more):
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            if self.vllm:
                choice.update(logprobs=None, **({"stop_reason": None} if finish else {}),
                              token_ids=None)
            return {**self.head(number, "chat.completion.chunk"), "choices": [choice], **more}

        yield chunk({"role": "assistant", "content": "" if self.vllm else None})
        if not calls:
            for word in re.findall(r"\S+\s*", text):
                yield chunk({"content": word})
        for index, call in enumerate(calls):
            arguments = call["function"]["arguments"]
            yield chunk({"tool_calls": [{"index": index, "id": call["id"], "type": "function",
                                         "function": {"name": "get_weather", "arguments": ""}}]})
            for piece in (arguments[:5], arguments[5:]):
                yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        if self.vllm:
            yield chunk({"content": ""} if not calls else {}, reason)
            if wants_usage:
                yield {**self.head(number, "chat.completion.chunk"), "choices": [], "usage": usage(text)}
        else:
            yield chunk({}, reason, **({"usage": usage(text)} if wants_usage else {}),
                        timings=self.tail()["timings"])
        yield "[DONE]"

    # ---- other routes of OpenAI's

    def completion(self, exchange, asked, number):
        send(exchange, {"id": "cmpl-" + number, "object": "text_completion", "created": 1, "model": MODEL,
                        "choices": [{"index": 0, "text": asked["prompt"], "logprobs": None,
                                     "finish_reason": "stop"}], "usage": usage(asked["prompt"])})

    def embeddings(self, exchange, asked, number):
        texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
        send(exchange, {"object": "list", "model": MODEL, "usage": {"prompt_tokens": 3, "total_tokens": 3},
                        "data": [{"object": "embedding", "index": i, "embedding": [len(text), 0.5, -1e-9]}
                                 for i, text in enumerate(texts)]})

    def tokenize(self, exchange, asked, number):
        tokens = asked["prompt"].split()
        send(exchange, {"count": len(tokens), "max_model_len": 4096, "tokens": list(range(len(tokens)))})

    def responses(self, exchange, asked, number):
        text = asked["input"] if isinstance(asked["input"], str) else last_words(asked["input"])
        item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": None}]}

        def response(status, output):
            return {"id": "resp_" + number, "object": "response", "created_at": 1700000000, "status": status,
                    "model": MODEL, "output": output, "background": False, "error": None,
                    "incomplete_details": None, "instructions": None, "metadata": asked.get("metadata"),
                    "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "tools": [],
                    "top_p": 1.0, "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
                    if output else None}

        if not asked.get("stream"):
            return send(exchange, response("completed", [item]))
        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        empty = {**item, "status": "in_progress", "content": []}
        part = item["content"][0]
        events = [("response.created", {"response": response("in_progress", [])}),
                  ("response.in_progress", {"response": response("in_progress", [])}),
                  ("response.output_item.added", {"output_index": 0, "item": empty}),
                  ("response.content_part.added", {**place, "part": {**part, "text": ""}}),
                  *[("response.output_text.delta", {**place, "delta": word, "logprobs": []})
                    for word in re.findall(r"\S+\s*", text)],
                  ("response.output_text.done", {**place, "text": text, "logprobs": []}),
                  ("response.content_part.done", {**place, "part": part}),
                  ("response.output_item.done", {"output_index": 0, "item": item}),
                  ("response.completed", {"response": response("completed", [item])})]
        return stream(exchange, [(kind, {"type": kind, "sequence_number": number, **members})
                                 for number, (kind, members) in enumerate(events)])

    # ---- Anthropic's messages

    def messages(self, exchange, asked, number):
        text = last_words(asked["messages"])
        tools = [{"type": "tool_use", "id": call["id"], "name": "get_weather",
                  "input": json.loads(call["function"]["arguments"])}
                 for call in (tool_calls(text) if asked.get("tools") else [])]
        content = tools or [{"type": "text", "text": text}]
        end = {"stop_reason": "tool_use" if tools else "end_turn", "stop_sequence": None}
        message = {"id": "msg_" + number, "type": "message", "role": "assistant", "model": MODEL}
        if not asked.get("stream"):
            return send(exchange, {**message, "content": content, **end,
                                   "usage": {"input_tokens": 3, "output_tokens": 2}})
        events = [("message_start", {"message": {
            **message, "content": [], "stop_reason": None, "stop_sequence": None,
            "usage": {"cache_read_input_tokens": 0, "input_tokens": 3, "output_tokens": 0}}})]
        for index, block in enumerate(content):
            at = {"index": index}
            start = {**block, "input": {}} if block["type"] == "tool_use" else {**block, "text": ""}
            events.append(("content_block_start", {**at, "content_block": start}))
            whole = json.dumps(block["input"]) if block["type"] == "tool_use" else block["text"]
            for piece in (whole[:4], whole[4:]):
                delta = {"type": "input_json_delta", "partial_json": piece} \
                    if block["type"] == "tool_use" else {"type": "text_delta", "text": piece}
                events.append(("content_block_delta", {**at, "delta": delta}))
            events.append(("content_block_stop", at))
        events += [("message_delta", {"delta": end, "usage": {"output_tokens": 2}}), ("message_stop", {})]
        return stream(exchange, [(kind, {"type": kind, **members}) for kind, members in events])

    def count_tokens(self, exchange, asked, number):
        send(exchange, {"input_tokens": len(last_words(asked["messages"]).split())})


def last_words(messages):
    content = messages[-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def tool_calls(text):
    return [{"id": "call_" + city, "type": "function",
             "function": {"name": "get_weather", "arguments": json.dumps({"city": city})}}
            for city in CITIES if city in text]


def usage(text):
    words = len(text.split())
    return {"prompt_tokens": 3, "completion_tokens": words, "total_tokens": 3 + words,
            "prompt_tokens_details": None}


def send(exchange, body, status=200):
    exchange.whole(json.dumps(body).encode(), status)


def stream(exchange, events):
    exchange.head(content_type="text/event-stream; charset=utf-8")
    for event in events:
        exchange.chunk(sse(event))
    exchange.end()
