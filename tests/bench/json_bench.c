/*
 * What JSON costs on the path of a call: a request of the usual shape, about 200 octets, into a
 * parcel, and its reply back to text; with our pull parser and writer, and with cJSON's tree.
 * Prints medians of several runs, in ns and allocations of cJSON, one line a way.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codecs/json_parcel.h"
#include "codecs/jsonrpc_answer.h"
#include "codecs/parcel.h"

#define RUNS 9
#define CALLS 100000

static const char usual[] =
    "{\"jsonrpc\":\"2.0\",\"id\":4711,\"method\":\"call\",\"params\":{\"service\":\"sample_"
    "driver\","
    "\"code\":1,\"data\":[\"set temperature of the outer chamber\",3,{\"u8\":7},{\"i64\":\"-5\"},"
    "21.5,true],\"timeout\":500}}";

static size_t n_allocations;

static void *counted_malloc(size_t size)
{
    n_allocations++;
    return malloc(size);
}

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    (void)fprintf(stderr, "json_bench: %s failed\n", what);
    exit(EXIT_FAILURE);
}

static double now_ns(void)
{
    struct timespec time;
    require(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0, "clock_gettime");
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static void measure(const char *name, void (*once)(void))
{
    double times[RUNS];
    n_allocations = 0;
    for (int run = 0; run < RUNS; run++) {
        double start = now_ns();
        for (int i = 0; i < CALLS; i++)
            once();
        times[run] = (now_ns() - start) / CALLS;
    }
    qsort(times, RUNS, sizeof times[0], compare);
    (void)printf("%-28s %8.0f ns  %5.1f allocations\n", name, times[RUNS / 2],
                 (double)n_allocations / ((double)RUNS * CALLS));
}

/* ---- ours ---- */

static struct buffer scratch;
static struct buffer out;
static struct via_parcel *parcel;

static void read_ours(void)
{
    char text[sizeof usual];
    memcpy(text, usual, sizeof usual);
    struct jsonrpc_reader reader;
    struct jsonrpc_request request;
    struct jsonrpc_fault fault;
    struct json_parcel_fault parcel_fault;
    require(jsonrpc_open(&reader, text, sizeof usual - 1, JSONRPC_BATCH_MAX, &fault) == VIA_OK,
            "open");
    require(jsonrpc_next(&reader, &request, &fault) == VIA_OK, "request");
    via_parcel_clear(parcel);
    require(json_parcel_read(request.data.text, request.data.size, parcel, NULL, &scratch,
                             &parcel_fault) == VIA_OK,
            "data");
}

static void write_ours(void)
{
    const struct json_span id = {"4711", 4};
    struct payload payload;
    buffer_cut(&out, 0);
    parcel_payload(parcel, &payload);
    require(jsonrpc_write_reply(&out, &id, 0, &payload, NULL) == VIA_OK, "reply");
}

/* ---- cJSON ---- */

static enum via_status add_tree_value(const cJSON *value)
{
    if (cJSON_IsString(value))
        return via_parcel_write_str(parcel, value->valuestring);
    if (cJSON_IsBool(value))
        return via_parcel_write_bool(parcel, cJSON_IsTrue(value));
    if (cJSON_IsNumber(value) && value->valuedouble == value->valueint)
        return via_parcel_write_i32(parcel, value->valueint);
    if (cJSON_IsNumber(value))
        return via_parcel_write_f64(parcel, value->valuedouble);
    const cJSON *tag = value->child;
    if (strcmp(tag->string, "u8") == 0)
        return via_parcel_write_u8(parcel, (uint8_t)tag->valueint);
    return via_parcel_write_i64(parcel, strtoll(tag->valuestring, NULL, 10));
}

static void read_cjson(void)
{
    cJSON *tree = cJSON_ParseWithLength(usual, sizeof usual - 1);
    require(tree != NULL, "cJSON");
    const cJSON *method = cJSON_GetObjectItemCaseSensitive(tree, "method");
    const cJSON *params = cJSON_GetObjectItemCaseSensitive(tree, "params");
    require(cJSON_IsString(method) && cJSON_IsObject(params), "cJSON members");
    require(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(params, "service")), "service");
    require(cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(params, "code")), "code");
    require(cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(params, "timeout")), "timeout");
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(params, "data");
    via_parcel_clear(parcel);
    for (const cJSON *value = data->child; value != NULL; value = value->next)
        require(add_tree_value(value) == VIA_OK, "value");
    cJSON_Delete(tree);
}

static void write_cjson(void)
{
    static char text[1024];
    cJSON *tree = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(tree, "jsonrpc", "2.0");
    (void)cJSON_AddNumberToObject(tree, "id", 4711);
    cJSON *result = cJSON_AddObjectToObject(tree, "result");
    (void)cJSON_AddNumberToObject(result, "status", 0);
    (void)cJSON_AddNumberToObject(result, "result", 0);
    cJSON *data = cJSON_AddArrayToObject(result, "data");
    const char *str = NULL;
    int32_t i32 = 0;
    uint8_t u8 = 0;
    int64_t i64 = 0;
    double f64 = 0;
    bool boolean = false;
    char digits[24];
    require(via_parcel_seek(parcel, 0) == VIA_OK, "seek");
    require(via_parcel_read_str(parcel, &str) == VIA_OK, "str");
    require(via_parcel_read_i32(parcel, &i32) == VIA_OK, "i32");
    require(via_parcel_read_u8(parcel, &u8) == VIA_OK, "u8");
    require(via_parcel_read_i64(parcel, &i64) == VIA_OK, "i64");
    require(via_parcel_read_f64(parcel, &f64) == VIA_OK, "f64");
    require(via_parcel_read_bool(parcel, &boolean) == VIA_OK, "bool");
    (void)snprintf(digits, sizeof digits, "%lld", (long long)i64);
    (void)cJSON_AddItemToArray(data, cJSON_CreateString(str));
    (void)cJSON_AddItemToArray(data, cJSON_CreateNumber(i32));
    cJSON *tagged = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(tagged, "u8", u8);
    (void)cJSON_AddItemToArray(data, tagged);
    tagged = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(tagged, "i64", digits);
    (void)cJSON_AddItemToArray(data, tagged);
    (void)cJSON_AddItemToArray(data, cJSON_CreateNumber(f64));
    (void)cJSON_AddItemToArray(data, cJSON_CreateBool(boolean));
    require(cJSON_PrintPreallocated(tree, text, sizeof text, 0), "print");
    cJSON_Delete(tree);
}

int main(void)
{
    cJSON_Hooks hooks = {counted_malloc, free};
    cJSON_InitHooks(&hooks);
    buffer_init(&scratch, SIZE_MAX);
    buffer_init(&out, SIZE_MAX);
    require(via_parcel_create(&parcel) == VIA_OK, "parcel");
    (void)printf("a request of %zu octets into a parcel, and its reply to text\n",
                 sizeof usual - 1);
    measure("read, pull parser", read_ours);
    measure("read, cJSON", read_cjson);
    measure("write, straight", write_ours);
    measure("write, cJSON", write_cjson);
    (void)via_parcel_unref(parcel);
    buffer_deinit(&scratch);
    buffer_deinit(&out);
    return EXIT_SUCCESS;
}
