/*
 * A text of requests: accepted when every one in it is, with its data. Each fault must be one that
 * can be told, as JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/json_parcel.h"
#include "codecs/jsonrpc_answer.h"
#include "tests/fuzz/fuzz.h"

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_answer(const struct json_span *id, const struct jsonrpc_fault *fault)
{
    struct buffer out;
    struct json_pull pull;
    struct json_token token;
    buffer_init(&out, SIZE_MAX);
    jsonrpc_write_fault(&out, id, fault);
    require(out.status == VIA_OK);
    json_pull_start(&pull, (char *)out.data, out.size, JSON_DEPTH_MAX);
    (void)json_pull_next(&pull, &token);
    require(json_pull_skip(&pull, &token, NULL));
    require(json_pull_next(&pull, &token) == JSON_END);
    buffer_deinit(&out);
}

/* Reads every octet of what a request points to. */
static void check_span(struct json_span span)
{
    struct buffer copy;
    buffer_init(&copy, SIZE_MAX);
    buffer_add(&copy, span.text, span.size);
    buffer_deinit(&copy);
}

static bool read_data(struct json_span data)
{
    struct json_parcel_fault fault;
    struct buffer scratch;
    struct via_parcel *parcel = NULL;
    buffer_init(&scratch, SIZE_MAX);
    require(via_parcel_create(&parcel) == VIA_OK);
    enum via_status status = json_parcel_read(data.text, data.size, parcel, NULL, &scratch, &fault);
    (void)via_parcel_unref(parcel);
    buffer_deinit(&scratch);
    return status == VIA_OK;
}

static bool take(const struct jsonrpc_request *request)
{
    check_span(request->id);
    check_span(request->name);
    check_span(request->params);
    check_span(request->service);
    check_span(request->family);
    check_span(request->call);
    check_span(request->pattern);
    check_span(request->after);
    return (request->has & JSONRPC_HAS_DATA) == 0 || read_data(request->data);
}

static bool read_all(char *text, size_t size)
{
    struct jsonrpc_reader reader;
    struct jsonrpc_request request = {.method = JSONRPC_OTHER};
    struct jsonrpc_fault fault;
    if (jsonrpc_open(&reader, text, size, JSONRPC_BATCH_MAX, &fault) != VIA_OK) {
        check_answer(&request.id, &fault);
        return false;
    }
    bool good = true;
    for (;;) {
        enum via_status status = jsonrpc_next(&reader, &request, &fault);
        if (status == VIA_END)
            return good;
        if (status == VIA_OK)
            good = take(&request) && good;
        else
            check_answer(&request.id, &fault);
        good = good && status == VIA_OK;
    }
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    char *text = malloc(size > 0 ? size : 1);
    require(text != NULL);
    memcpy(text, octets, size);
    bool good = read_all(text, size);
    free(text);
    return good;
}
