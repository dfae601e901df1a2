/*
 * JSON-RPC 2.0: requests out of a text. Nothing is copied: a request points into its text.
 * docs/PROTOCOL.md, "JSON frames", has the methods; codecs/jsonrpc_answer.h writes what goes back.
 */
#pragma once

#include <viaduct/status.h>

#include "codecs/json_pull.h"

#define JSONRPC_SUBPROTOCOL "viaduct.json.1"
#define JSONRPC_BATCH_MAX 256u /* requests in one batch; config `max_batch` */

/* The standard's own error codes. Ours are JSONRPC_ERROR_BASE minus the status. */
enum jsonrpc_code {
    JSONRPC_PARSE_ERROR = -32700,
    JSONRPC_INVALID_REQUEST = -32600,
    JSONRPC_METHOD_NOT_FOUND = -32601,
    JSONRPC_INVALID_PARAMS = -32602,
    JSONRPC_INTERNAL_ERROR = -32603
};
#define JSONRPC_ERROR_BASE (-32000)

enum jsonrpc_method {
    JSONRPC_OTHER, /* no method of ours; perhaps SERVICE.METHOD of a description */
    JSONRPC_LIST,
    JSONRPC_CALL,
    JSONRPC_SEND,
    JSONRPC_CANCEL,
    JSONRPC_RELEASE,
    JSONRPC_SUBSCRIBE,
    JSONRPC_UNSUBSCRIBE,
    JSONRPC_WATCH,
    JSONRPC_UNWATCH,
    JSONRPC_PING,
    JSONRPC_FIND,
    JSONRPC_BIND,
    JSONRPC_UNBIND,
    JSONRPC_BINDINGS,
    JSONRPC_WAITING,
    JSONRPC_UNANSWERED,
    JSONRPC_READ,
    JSONRPC_WRITE,
    JSONRPC_STAT
};
#define JSONRPC_N_METHODS (JSONRPC_STAT + 1)

/* Parameters, as bits of jsonrpc_request's has. */
enum jsonrpc_param {
    JSONRPC_HAS_SERVICE = 1 << 0,
    JSONRPC_HAS_FAMILY = 1 << 1,
    JSONRPC_HAS_REF = 1 << 2,
    JSONRPC_HAS_CODE = 1 << 3,
    JSONRPC_HAS_DATA = 1 << 4,
    JSONRPC_HAS_TIMEOUT = 1 << 5,
    JSONRPC_HAS_FROM = 1 << 6,
    JSONRPC_HAS_CALL = 1 << 7,
    JSONRPC_HAS_COUNT = 1 << 8,
    JSONRPC_HAS_PATTERN = 1 << 9,
    JSONRPC_HAS_AFTER = 1 << 10,
    JSONRPC_HAS_LIMIT = 1 << 11,
    JSONRPC_HAS_SUBSCRIPTION = 1 << 12,
    JSONRPC_HAS_FILTER = 1 << 13,
    JSONRPC_HAS_POLICY = 1 << 14,
    JSONRPC_HAS_INTERFACE = 1 << 15,
    JSONRPC_HAS_PROTOCOL = 1 << 16,
    JSONRPC_HAS_CLIENT = 1 << 17,
    JSONRPC_HAS_SERVER = 1 << 18,
    JSONRPC_HAS_NUMBER = 1 << 19,
    JSONRPC_HAS_PATH = 1 << 20,
    JSONRPC_HAS_OFFS = 1 << 21,
    JSONRPC_HAS_SIZE = 1 << 22,
    JSONRPC_HAS_TEXT = 1 << 23,
    JSONRPC_HAS_CREATE = 1 << 24,
    JSONRPC_HAS_TRUNCATE = 1 << 25,
    JSONRPC_HAS_CONFIGURE = 1 << 26
};

/* Where a subscription starts; in JSON "now", "latest", or "EPOCH:NUMBER" (hexadecimal, decimal).
 */
enum jsonrpc_start { JSONRPC_NOW, JSONRPC_LATEST, JSONRPC_SINCE };
struct jsonrpc_from {
    enum jsonrpc_start start;
    uint64_t epoch; /* with SINCE */
    uint64_t number;
};

/* Spans are without quotes and escapes, but for id, call, data, filter and configure: those are
 * JSON as it came. */
struct jsonrpc_request {
    struct json_span id; /* text NULL: a notification, which gets no answer */
    enum jsonrpc_method method;
    struct json_span name;   /* of the method */
    struct json_span params; /* with JSONRPC_OTHER, as it came; text NULL when absent */
    unsigned has;            /* enum jsonrpc_param; all below are zero without their bit */
    struct json_span service;
    struct json_span family;
    struct json_span code_name; /* text NULL: code has its number */
    struct json_span data;      /* for json_parcel_read(); WRITE: a string, in its quotes */
    struct json_span call;      /* CANCEL: id of the call */
    struct json_span pattern;
    struct json_span after;
    struct json_span filter; /* for event_filter_read_json() */
    struct json_span policy;
    struct json_span configure; /* SUBSCRIBE: what a listener asks its event broker for */
    struct json_span interface;
    struct json_span protocol;
    struct json_span client; /* of a binding, as the bindings file has it */
    struct json_span server; /* likewise */
    struct json_span path;
    struct json_span text; /* WRITE: what is to be written, if it is text */
    struct jsonrpc_from from;
    uint64_t offs; /* in a file */
    bool create, truncate;
    uint32_t size; /* READ: octets */
    uint32_t ref;
    uint32_t code;
    uint32_t timeout_ms;
    uint32_t count; /* RELEASE: how many */
    uint32_t limit; /* of a list: most entries */
    uint32_t subscription;
    uint32_t number; /* gateway-wide, of an object */
};

/* Why something was not done, as an answer tells it. */
struct jsonrpc_fault {
    int code; /* enum jsonrpc_code, or ours */
    enum via_status status;
    enum via_cause cause; /* with VIA_DEAD */
    char text[256];       /* UTF-8, for people */
};

struct jsonrpc_reader {
    struct json_pull pull;
    char *text; /* borrowed */
    bool batch; /* an array: the answers go into one array too */
    bool ended;
};

/*
 * Begins to read @text, in which strings are unescaped in place as requests are read; it stays
 * until all of them have been handled. VIA_BAD_JSON with @fault: not JSON, an empty batch, or one
 * of more than @batch_max; then there is one answer, the fault with id null.
 */
VIA_MUST_USE enum via_status jsonrpc_open(struct jsonrpc_reader *reader, char *text, size_t size,
                                          unsigned batch_max, struct jsonrpc_fault *fault);

/*
 * The next request. VIA_OK; VIA_END after the last; VIA_INVALID with @fault for a bad one, after
 * which reading goes on; VIA_BAD_JSON with @fault for a single text that is no JSON. With the last
 * two request->id is set if it could be told: a bad request is answered with id null otherwise, but
 * not at all when its fault is JSONRPC_INVALID_PARAMS and it is a notification.
 */
VIA_MUST_USE enum via_status jsonrpc_next(struct jsonrpc_reader *reader,
                                          struct jsonrpc_request *request,
                                          struct jsonrpc_fault *fault);

/* The name of a method of ours. NULL for JSONRPC_OTHER. */
const char *jsonrpc_method_name(enum jsonrpc_method method);

/* What @text says as "from"; false if it says nothing known. */
bool jsonrpc_from_read(const char *text, size_t size, struct jsonrpc_from *from);

/* Fills @fault: its code is ours for @status, or one of the standard's. The text is printed. */
__attribute__((format(printf, 4, 5))) void jsonrpc_fault_set(struct jsonrpc_fault *fault,
                                                             enum via_status status,
                                                             enum via_cause cause,
                                                             const char *format, ...);
__attribute__((format(printf, 4, 5))) void jsonrpc_fault_standard(struct jsonrpc_fault *fault,
                                                                  enum jsonrpc_code code,
                                                                  enum via_status status,
                                                                  const char *format, ...);

/* Fills @fault for a request with a method that nobody has, naming those there are. */
void jsonrpc_fault_method(struct jsonrpc_fault *fault, const struct jsonrpc_request *request);
