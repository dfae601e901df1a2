/*
 * One pass over a request: its names are known, so that each goes straight to its field. What kind
 * a method allows is two masks in a table. Parameters may stand before the method, so a fault in
 * them is kept until the method is known to be ours, and strings lose their escapes only then.
 *
 * A batch is read twice: the standard wants one answer, and nothing run, if any of it is no JSON.
 */
#include "codecs/jsonrpc.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "codecs/json_number.h"

#define EXCERPT_MAX 40 /* octets of a name that a fault shows */

/* ---- tables ---- */

struct method {
    const char *name;
    unsigned allowed;  /* enum jsonrpc_param */
    unsigned required; /* all of these */
    unsigned one_of;   /* exactly one of these, unless 0 */
};

#define OF_SERVICE (JSONRPC_HAS_SERVICE | JSONRPC_HAS_FAMILY | JSONRPC_HAS_REF)
#define TARGET (JSONRPC_HAS_SERVICE | JSONRPC_HAS_REF)

static const struct method methods[JSONRPC_N_METHODS] = {
    [JSONRPC_LIST] = {"list",
                      JSONRPC_HAS_FAMILY | JSONRPC_HAS_PATTERN | JSONRPC_HAS_AFTER |
                          JSONRPC_HAS_LIMIT | JSONRPC_HAS_PATH | JSONRPC_HAS_TIMEOUT,
                      0, 0},
    [JSONRPC_CALL] = {"call",
                      OF_SERVICE | JSONRPC_HAS_CODE | JSONRPC_HAS_DATA | JSONRPC_HAS_TIMEOUT,
                      JSONRPC_HAS_CODE, TARGET},
    [JSONRPC_SEND] = {"send", OF_SERVICE | JSONRPC_HAS_CODE | JSONRPC_HAS_DATA, JSONRPC_HAS_CODE,
                      TARGET},
    [JSONRPC_CANCEL] = {"cancel", JSONRPC_HAS_CALL, JSONRPC_HAS_CALL, 0},
    [JSONRPC_RELEASE] = {"release", JSONRPC_HAS_REF | JSONRPC_HAS_COUNT, JSONRPC_HAS_REF, 0},
    [JSONRPC_SUBSCRIBE] = {"subscribe",
                           OF_SERVICE | JSONRPC_HAS_FROM | JSONRPC_HAS_FILTER | JSONRPC_HAS_POLICY |
                               JSONRPC_HAS_CONFIGURE | JSONRPC_HAS_TIMEOUT,
                           0, TARGET},
    [JSONRPC_UNSUBSCRIBE] = {"unsubscribe", OF_SERVICE | JSONRPC_HAS_SUBSCRIPTION, 0,
                             TARGET | JSONRPC_HAS_SUBSCRIPTION},
    [JSONRPC_WATCH] = {"watch", OF_SERVICE, 0, TARGET},
    [JSONRPC_UNWATCH] = {"unwatch", OF_SERVICE, 0, TARGET},
    [JSONRPC_PING] = {"ping", JSONRPC_HAS_DATA, 0, 0},
    [JSONRPC_FIND] = {"find",
                      JSONRPC_HAS_FAMILY | JSONRPC_HAS_INTERFACE | JSONRPC_HAS_PROTOCOL |
                          JSONRPC_HAS_TIMEOUT | JSONRPC_HAS_NUMBER,
                      0, JSONRPC_HAS_INTERFACE | JSONRPC_HAS_NUMBER},
    [JSONRPC_BIND] = {"bind", JSONRPC_HAS_FAMILY | JSONRPC_HAS_CLIENT | JSONRPC_HAS_SERVER,
                      JSONRPC_HAS_CLIENT | JSONRPC_HAS_SERVER, 0},
    [JSONRPC_UNBIND] = {"unbind", JSONRPC_HAS_FAMILY | JSONRPC_HAS_CLIENT, JSONRPC_HAS_CLIENT, 0},
    [JSONRPC_BINDINGS] = {"bindings", JSONRPC_HAS_FAMILY | JSONRPC_HAS_AFTER | JSONRPC_HAS_LIMIT, 0,
                          0},
    [JSONRPC_WAITING] = {"waiting", JSONRPC_HAS_FAMILY | JSONRPC_HAS_AFTER | JSONRPC_HAS_LIMIT, 0,
                         0},
    [JSONRPC_UNANSWERED] = {"unanswered",
                            JSONRPC_HAS_FAMILY | JSONRPC_HAS_PATTERN | JSONRPC_HAS_AFTER |
                                JSONRPC_HAS_LIMIT,
                            0, 0},
    [JSONRPC_READ] = {"read",
                      JSONRPC_HAS_PATH | JSONRPC_HAS_OFFS | JSONRPC_HAS_SIZE | JSONRPC_HAS_TIMEOUT,
                      JSONRPC_HAS_PATH, 0},
    [JSONRPC_WRITE] = {"write",
                       JSONRPC_HAS_PATH | JSONRPC_HAS_OFFS | JSONRPC_HAS_DATA | JSONRPC_HAS_TEXT |
                           JSONRPC_HAS_CREATE | JSONRPC_HAS_TRUNCATE | JSONRPC_HAS_TIMEOUT,
                       JSONRPC_HAS_PATH, JSONRPC_HAS_DATA | JSONRPC_HAS_TEXT},
    [JSONRPC_STAT] = {"stat", JSONRPC_HAS_PATH | JSONRPC_HAS_TIMEOUT, JSONRPC_HAS_PATH, 0},
};

enum param_kind {
    PARAM_STRING,
    PARAM_U32,
    PARAM_U64, /* in quotes, too */
    PARAM_BOOL,
    PARAM_CODE,
    PARAM_DATA,
    PARAM_ID,
    PARAM_FROM,
    PARAM_OBJECT
};

struct param {
    const char *name;
    enum jsonrpc_param bit;
    enum param_kind kind;
    size_t offset; /* of its field in jsonrpc_request */
};

#define FIELD(name) offsetof(struct jsonrpc_request, name)

static const struct param params[] = {
    {"service", JSONRPC_HAS_SERVICE, PARAM_STRING, FIELD(service)},
    {"code", JSONRPC_HAS_CODE, PARAM_CODE, FIELD(code)},
    {"data", JSONRPC_HAS_DATA, PARAM_DATA, FIELD(data)},
    {"timeout", JSONRPC_HAS_TIMEOUT, PARAM_U32, FIELD(timeout_ms)},
    {"ref", JSONRPC_HAS_REF, PARAM_U32, FIELD(ref)},
    {"family", JSONRPC_HAS_FAMILY, PARAM_STRING, FIELD(family)},
    {"from", JSONRPC_HAS_FROM, PARAM_FROM, FIELD(from)},
    {"id", JSONRPC_HAS_CALL, PARAM_ID, FIELD(call)},
    {"count", JSONRPC_HAS_COUNT, PARAM_U32, FIELD(count)},
    {"pattern", JSONRPC_HAS_PATTERN, PARAM_STRING, FIELD(pattern)},
    {"after", JSONRPC_HAS_AFTER, PARAM_STRING, FIELD(after)},
    {"limit", JSONRPC_HAS_LIMIT, PARAM_U32, FIELD(limit)},
    {"subscription", JSONRPC_HAS_SUBSCRIPTION, PARAM_U32, FIELD(subscription)},
    {"filter", JSONRPC_HAS_FILTER, PARAM_OBJECT, FIELD(filter)},
    {"policy", JSONRPC_HAS_POLICY, PARAM_STRING, FIELD(policy)},
    {"interface", JSONRPC_HAS_INTERFACE, PARAM_STRING, FIELD(interface)},
    {"protocol", JSONRPC_HAS_PROTOCOL, PARAM_STRING, FIELD(protocol)},
    {"client", JSONRPC_HAS_CLIENT, PARAM_STRING, FIELD(client)},
    {"server", JSONRPC_HAS_SERVER, PARAM_STRING, FIELD(server)},
    {"number", JSONRPC_HAS_NUMBER, PARAM_U32, FIELD(number)},
    {"path", JSONRPC_HAS_PATH, PARAM_STRING, FIELD(path)},
    {"offs", JSONRPC_HAS_OFFS, PARAM_U64, FIELD(offs)},
    {"size", JSONRPC_HAS_SIZE, PARAM_U32, FIELD(size)},
    {"text", JSONRPC_HAS_TEXT, PARAM_STRING, FIELD(text)},
    {"create", JSONRPC_HAS_CREATE, PARAM_BOOL, FIELD(create)},
    {"truncate", JSONRPC_HAS_TRUNCATE, PARAM_BOOL, FIELD(truncate)},
    {"configure", JSONRPC_HAS_CONFIGURE, PARAM_OBJECT, FIELD(configure)},
};
#define N_PARAMS (sizeof params / sizeof params[0])

/* Members of a request itself, as bits. */
enum member { MEMBER_VERSION = 1, MEMBER_ID = 2, MEMBER_METHOD = 4, MEMBER_PARAMS = 8 };

/* A request while it is read. */
struct draft {
    struct jsonrpc_request *request;
    struct jsonrpc_fault *fault;
    unsigned members;
    bool bad;        /* an invalid request: fault says why */
    bool bad_params; /* fault says why, if the method is ours */
    struct jsonrpc_fault params_fault;
    unsigned escaped; /* string parameters with escapes, by bit */
    bool method_escaped;
    bool has_octets; /* data is a string */
};

const char *jsonrpc_method_name(enum jsonrpc_method method)
{
    return methods[method].name;
}

static bool is_text(const struct json_token *token, const char *text)
{
    size_t size = strlen(text);
    return token->size == size && memcmp(token->text, text, size) == 0;
}

/* ---- faults ---- */

__attribute__((format(printf, 2, 0))) static void fault_print(struct jsonrpc_fault *fault,
                                                              const char *format, va_list arguments)
{
    (void)vsnprintf(fault->text, sizeof fault->text, format, arguments);
}

void jsonrpc_fault_set(struct jsonrpc_fault *fault, enum via_status status, enum via_cause cause,
                       const char *format, ...)
{
    fault->code = JSONRPC_ERROR_BASE - (int)status;
    fault->status = status;
    fault->cause = cause;
    va_list arguments;
    va_start(arguments, format);
    fault_print(fault, format, arguments);
    va_end(arguments);
}

void jsonrpc_fault_standard(struct jsonrpc_fault *fault, enum jsonrpc_code code,
                            enum via_status status, const char *format, ...)
{
    fault->code = (int)code;
    fault->status = status;
    fault->cause = VIA_ALIVE;
    va_list arguments;
    va_start(arguments, format);
    fault_print(fault, format, arguments);
    va_end(arguments);
}

/* As many octets of a span as a fault shows, ended at a whole character. */
static int shown(const struct json_span *span)
{
    size_t size = span->size;
    if (size > EXCERPT_MAX) {
        size = EXCERPT_MAX;
        while (size > 0 && ((unsigned char)span->text[size] & 0xc0u) == 0x80u)
            size--;
    }
    return (int)size;
}

void jsonrpc_fault_method(struct jsonrpc_fault *fault, const struct jsonrpc_request *request)
{
    char names[192] = "";
    size_t size = 0;
    for (int i = JSONRPC_OTHER + 1; i < JSONRPC_N_METHODS; i++) {
        int n =
            snprintf(names + size, sizeof names - size, "%s%s", i > 1 ? ", " : "", methods[i].name);
        size += (size_t)n;
    }
    jsonrpc_fault_standard(fault, JSONRPC_METHOD_NOT_FOUND, VIA_UNSUPPORTED,
                           "there is no method \"%.*s\"; there are %s", shown(&request->name),
                           request->name.text, names);
}

static void fail_parse(const struct jsonrpc_reader *reader, struct jsonrpc_fault *fault)
{
    unsigned line;
    unsigned column;
    json_pull_place(reader->text, json_pull_offset(&reader->pull), &line, &column);
    jsonrpc_fault_standard(fault, JSONRPC_PARSE_ERROR, VIA_BAD_JSON, "line %u, column %u: %s", line,
                           column, reader->pull.fault);
}

/* The first fault is the one told. */
static void fail_request(struct draft *draft, const char *words)
{
    if (!draft->bad)
        jsonrpc_fault_standard(draft->fault, JSONRPC_INVALID_REQUEST, VIA_INVALID, "%s", words);
    draft->bad = true;
}

static void fail_param(struct draft *draft, const struct json_span *name, const char *words)
{
    if (!draft->bad_params)
        jsonrpc_fault_standard(&draft->params_fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                               "params: \"%.*s\" %s", shown(name), name->text, words);
    draft->bad_params = true;
}

/* ---- parameters ---- */

bool jsonrpc_from_read(const char *text, size_t size, struct jsonrpc_from *from)
{
    struct json_token token = {.text = text, .size = size};
    *from = (struct jsonrpc_from){.start = JSONRPC_NOW};
    if (is_text(&token, "now"))
        return true;
    from->start = JSONRPC_LATEST;
    if (is_text(&token, "latest"))
        return true;

    from->start = JSONRPC_SINCE;
    size_t at = 0;
    for (; at < size && at < 17 && text[at] != ':'; at++) {
        static const char digits[16] = "0123456789abcdef";
        const char *digit = memchr(digits, text[at], sizeof digits);
        if (digit == NULL || at == 16)
            return false;
        from->epoch = from->epoch << 4 | (uint64_t)(digit - digits);
    }
    if (at == 0 || at == size || text[at] != ':')
        return false;
    return json_number_u64(text + at + 1, size - at - 1, &from->number);
}

static void *field_of(struct jsonrpc_request *request, const struct param *param)
{
    return (char *)request + param->offset;
}

static bool read_u32(const struct json_token *token, uint32_t *numberp)
{
    uint64_t number;
    if (token->kind != JSON_NUMBER || !token->integer ||
        !json_number_u64(token->text, token->size, &number) || number > UINT32_MAX)
        return false;
    *numberp = (uint32_t)number;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A letter comes first: a number in quotes is no name. */
static bool is_name(const struct json_token *token)
{
    return !token->escaped && token->size > 0 && is_letter(token->text[0]);
}

/* @whole is the value as it came. */
static void take_param(struct draft *draft, const struct param *param, const struct json_span *name,
                       const struct json_token *token, const struct json_span *whole)
{
    void *field = field_of(draft->request, param);
    switch (param->kind) {
    case PARAM_STRING:
        if (token->kind != JSON_STRING || token->nul) {
            fail_param(draft, name, "is to be a string without a NUL");
            return;
        }
        *(struct json_span *)field = (struct json_span){token->text, token->size};
        if (token->escaped)
            draft->escaped |= (unsigned)param->bit;
        break;
    case PARAM_U32:
        if (!read_u32(token, field)) {
            fail_param(draft, name, "is to be an integer from 0 to 4294967295");
            return;
        }
        break;
    case PARAM_U64:
        if ((token->kind != JSON_NUMBER || !token->integer) && token->kind != JSON_STRING) {
            fail_param(draft, name, "is to be an integer");
            return;
        }
        if (!json_number_u64(token->text, token->size, field)) {
            fail_param(draft, name, "is to be an integer from 0 to 18446744073709551615");
            return;
        }
        break;
    case PARAM_BOOL:
        if (token->kind != JSON_TRUE && token->kind != JSON_FALSE) {
            fail_param(draft, name, "is to be true or false");
            return;
        }
        *(bool *)field = token->kind == JSON_TRUE;
        break;
    case PARAM_CODE:
        if (token->kind == JSON_STRING && is_name(token)) {
            draft->request->code_name = (struct json_span){token->text, token->size};
        } else if (!read_u32(token, field)) {
            fail_param(draft, name, "is to be an integer from 0 to 4294967295, or its name");
            return;
        }
        break;
    case PARAM_DATA:
        if (token->kind == JSON_STRING) {
            draft->has_octets = true; /* which is good for some methods */
        } else if (token->kind != JSON_ARRAY && token->kind != JSON_OBJECT) {
            fail_param(draft, name,
                       "is to be an array, {\"raw\":\"base64\"}, or what the family has for it");
            return;
        }
        *(struct json_span *)field = *whole;
        break;
    case PARAM_OBJECT:
        if (token->kind != JSON_OBJECT) {
            fail_param(draft, name, "is to be an object");
            return;
        }
        *(struct json_span *)field = *whole;
        break;
    case PARAM_ID:
        if (token->kind != JSON_STRING && token->kind != JSON_NUMBER) {
            fail_param(draft, name, "is to be the id of a call");
            return;
        }
        *(struct json_span *)field = *whole;
        break;
    case PARAM_FROM:
        if (token->kind != JSON_STRING || !jsonrpc_from_read(token->text, token->size, field)) {
            fail_param(draft, name, "is to be \"latest\", \"now\", or what came as \"since\"");
            return;
        }
        break;
    }
    draft->request->has |= (unsigned)param->bit;
}

static void read_param(struct draft *draft, const struct json_token *key,
                       const struct json_token *token, const struct json_span *whole)
{
    struct json_span name = {key->text, key->size};
    for (size_t i = 0; i < N_PARAMS; i++) {
        if (key->escaped || !is_text(key, params[i].name))
            continue;
        if ((draft->request->has & (unsigned)params[i].bit) != 0)
            fail_param(draft, &name, "stands there twice");
        else
            take_param(draft, &params[i], &name, token, whole);
        return;
    }
    fail_param(draft, &name, "is no parameter");
}

/* After the opening brace of params. false: no JSON. */
static bool read_params(struct draft *draft, struct json_pull *pull)
{
    for (;;) {
        struct json_token key;
        struct json_token token;
        struct json_span whole;
        if (json_pull_next(pull, &key) == JSON_FAULT)
            return false;
        if (key.kind == JSON_OBJECT_END)
            return true;
        if (json_pull_next(pull, &token) == JSON_FAULT || !json_pull_skip(pull, &token, &whole))
            return false;
        read_param(draft, &key, &token, &whole);
    }
}

/* ---- the request ---- */

/* "params". An empty array says as much as an empty object. */
static bool read_params_member(struct draft *draft, struct json_pull *pull,
                               const struct json_token *token)
{
    const char *start = token->text;
    if (token->kind == JSON_OBJECT) {
        if (!read_params(draft, pull))
            return false;
    } else {
        struct json_span whole;
        if (!json_pull_skip(pull, token, &whole))
            return false;
        if (token->kind != JSON_ARRAY) {
            fail_request(draft, "\"params\" is to be an object or an array");
            return true;
        }
        struct json_pull inside;
        struct json_token first;
        json_pull_start(&inside, whole.text, whole.size, JSON_DEPTH_MAX);
        (void)json_pull_next(&inside, &first);
        if (json_pull_next(&inside, &first) != JSON_ARRAY_END && !draft->bad_params) {
            jsonrpc_fault_standard(&draft->params_fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                                   "params: parameters are given by name here, in an object");
            draft->bad_params = true;
        }
    }
    draft->request->params = (struct json_span){start, (size_t)(pull->at - start)};
    return true;
}

static void read_id(struct draft *draft, const struct json_token *token,
                    const struct json_span *whole)
{
    if (token->kind == JSON_STRING || token->kind == JSON_NUMBER || token->kind == JSON_NULL)
        draft->request->id = *whole;
    else
        fail_request(draft, "\"id\" is to be a string, a number or null");
}

static void read_method(struct draft *draft, const struct json_token *token)
{
    if (token->kind != JSON_STRING || token->nul) {
        fail_request(draft, "\"method\" is to be a string without a NUL");
        return;
    }
    draft->request->name = (struct json_span){token->text, token->size};
    draft->method_escaped = token->escaped;
    for (int i = JSONRPC_OTHER + 1; i < JSONRPC_N_METHODS; i++) {
        if (is_text(token, methods[i].name))
            draft->request->method = (enum jsonrpc_method)i;
    }
}

static unsigned member_of(const struct json_token *key)
{
    return is_text(key, "jsonrpc")  ? MEMBER_VERSION
           : is_text(key, "id")     ? MEMBER_ID
           : is_text(key, "method") ? MEMBER_METHOD
           : is_text(key, "params") ? MEMBER_PARAMS
                                    : 0;
}

/* The member @key; @token is the beginning of its value. false: no JSON. */
static bool read_member(struct draft *draft, struct json_pull *pull, const struct json_token *key,
                        const struct json_token *token)
{
    unsigned member = member_of(key);
    if (key->escaped)
        fail_request(draft, "a name in a request has an escape");
    if ((draft->members & member) != 0) {
        fail_request(draft, "a name in a request stands there twice");
        member = 0;
    }
    draft->members |= member;
    if (member == MEMBER_PARAMS)
        return read_params_member(draft, pull, token);

    struct json_span whole;
    if (!json_pull_skip(pull, token, &whole))
        return false;
    if (member == MEMBER_VERSION && (token->kind != JSON_STRING || !is_text(token, "2.0")))
        fail_request(draft, "\"jsonrpc\" is to be \"2.0\"");
    else if (member == MEMBER_ID)
        read_id(draft, token, &whole);
    else if (member == MEMBER_METHOD)
        read_method(draft, token);
    return true;
}

static const char *param_name(unsigned bit)
{
    for (size_t i = 0; i < N_PARAMS; i++) {
        if ((unsigned)params[i].bit == bit)
            return params[i].name;
    }
    return "";
}

/* The names of all of @bits, such as: "service" and "ref" */
static void write_choice(char *out, size_t size, unsigned bits)
{
    size_t at = 0;
    for (; bits != 0 && at < size; bits &= bits - 1) {
        int n = snprintf(out + at, size - at, "%s\"%s\"", at == 0 ? "" : " and ",
                         param_name(bits & -bits));
        at += n < 0 ? size : (size_t)n;
    }
}

/* What the method wants, against what is there. */
static void check_params(struct draft *draft)
{
    const struct method *method = &methods[draft->request->method];
    unsigned has = draft->request->has;
    if (draft->bad_params) {
        *draft->fault = draft->params_fault;
        return;
    }
    draft->bad_params = true;
    if ((has & JSONRPC_HAS_DATA) != 0 &&
        draft->has_octets != (draft->request->method == JSONRPC_WRITE)) {
        jsonrpc_fault_standard(
            draft->fault, JSONRPC_INVALID_PARAMS, VIA_INVALID, "params: \"data\" is to be %s",
            draft->has_octets ? "an array, or {\"raw\":\"base64\"}" : "a string of base64");
        return;
    }
    unsigned extra = has & ~method->allowed;
    if (extra != 0) {
        jsonrpc_fault_standard(draft->fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                               "params: \"%s\" is no parameter of %s", param_name(extra & -extra),
                               method->name);
        return;
    }
    unsigned missing = method->required & ~has;
    if (missing != 0) {
        jsonrpc_fault_standard(draft->fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                               "params: %s needs \"%s\"", method->name,
                               param_name(missing & -missing));
        return;
    }
    unsigned chosen = has & method->one_of;
    if (method->one_of != 0 && (chosen == 0 || (chosen & (chosen - 1)) != 0)) {
        char choice[64];
        write_choice(choice, sizeof choice, method->one_of);
        jsonrpc_fault_standard(draft->fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                               "params: %s needs one of %s", method->name, choice);
        return;
    }
    if ((has & JSONRPC_HAS_FAMILY) != 0 && (method->one_of & ~has & JSONRPC_HAS_SERVICE) != 0) {
        jsonrpc_fault_standard(draft->fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                               "params: \"family\" goes with \"service\" alone");
        return;
    }
    unsigned beside = has & ~(unsigned)JSONRPC_HAS_NUMBER;
    if ((has & JSONRPC_HAS_NUMBER) != 0 && beside != 0) {
        jsonrpc_fault_standard(draft->fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                               "params: \"%s\" does not go with \"number\"",
                               param_name(beside & -beside));
        return;
    }
    draft->bad_params = false;
}

/* @span points into the reader's own text. */
static void unescape(struct jsonrpc_reader *reader, struct json_span *span)
{
    struct json_token token = {.escaped = true, .text = span->text, .size = span->size};
    span->size = json_pull_unescape(&token, reader->text + (span->text - reader->text));
}

static void unescape_all(struct jsonrpc_reader *reader, struct draft *draft)
{
    if (draft->method_escaped)
        unescape(reader, &draft->request->name);
    if (draft->request->method == JSONRPC_OTHER)
        return;
    for (size_t i = 0; i < N_PARAMS; i++) {
        if ((draft->escaped & (unsigned)params[i].bit) != 0)
            unescape(reader, field_of(draft->request, &params[i]));
    }
}

/* After the opening brace. VIA_OK, VIA_INVALID, or VIA_BAD_JSON without a fault yet. */
static enum via_status read_request(struct jsonrpc_reader *reader, struct draft *draft)
{
    for (;;) {
        struct json_token key;
        struct json_token token;
        if (json_pull_next(&reader->pull, &key) == JSON_FAULT)
            return VIA_BAD_JSON;
        if (key.kind == JSON_OBJECT_END)
            break;
        if (json_pull_next(&reader->pull, &token) == JSON_FAULT ||
            !read_member(draft, &reader->pull, &key, &token))
            return VIA_BAD_JSON;
    }
    if ((draft->members & MEMBER_VERSION) == 0)
        fail_request(draft, "\"jsonrpc\":\"2.0\" is missing");
    if ((draft->members & MEMBER_METHOD) == 0)
        fail_request(draft, "\"method\" is missing");
    if (draft->bad)
        return VIA_INVALID;

    if (draft->request->method != JSONRPC_OTHER) {
        check_params(draft);
        if (draft->bad_params)
            return VIA_INVALID;
    } else {
        draft->request->has = 0;
    }
    unescape_all(reader, draft);
    return VIA_OK;
}

/* ---- the text ---- */

static enum via_status fail_open(struct jsonrpc_reader *reader, struct jsonrpc_fault *fault)
{
    reader->ended = true;
    fail_parse(reader, fault);
    return VIA_BAD_JSON;
}

/* Reads a batch for the first time. */
static enum via_status check_batch(struct jsonrpc_reader *reader, unsigned batch_max,
                                   struct jsonrpc_fault *fault)
{
    struct json_token token;
    unsigned n = 0;
    while (json_pull_next(&reader->pull, &token) != JSON_ARRAY_END) {
        if (token.kind == JSON_FAULT || !json_pull_skip(&reader->pull, &token, NULL))
            return fail_open(reader, fault);
        n++;
    }
    if (json_pull_next(&reader->pull, &token) == JSON_FAULT)
        return fail_open(reader, fault);
    if (n > 0 && n <= batch_max)
        return VIA_OK;
    reader->ended = true;
    if (n == 0)
        jsonrpc_fault_standard(fault, JSONRPC_INVALID_REQUEST, VIA_INVALID,
                               "a batch without a request");
    else
        jsonrpc_fault_standard(fault, JSONRPC_INVALID_REQUEST, VIA_TOO_LARGE,
                               "a batch of %u requests: max_batch is %u", n, batch_max);
    return VIA_BAD_JSON;
}

enum via_status jsonrpc_open(struct jsonrpc_reader *reader, char *text, size_t size,
                             unsigned batch_max, struct jsonrpc_fault *fault)
{
    *reader = (struct jsonrpc_reader){.text = text};
    json_pull_start(&reader->pull, text, size, JSON_DEPTH_MAX);
    struct json_pull first = reader->pull;
    struct json_token token;
    if (json_pull_next(&first, &token) != JSON_ARRAY)
        return VIA_OK;

    reader->batch = true;
    reader->pull = first;
    enum via_status status = check_batch(reader, batch_max, fault);
    if (status == VIA_OK)
        reader->pull = first;
    return status;
}

/* A single request has been read: nothing may follow it. */
static bool is_whole(struct jsonrpc_reader *reader)
{
    struct json_token token;
    return reader->batch || json_pull_next(&reader->pull, &token) == JSON_END;
}

enum via_status jsonrpc_next(struct jsonrpc_reader *reader, struct jsonrpc_request *request,
                             struct jsonrpc_fault *fault)
{
    if (reader->ended)
        return VIA_END;
    *request = (struct jsonrpc_request){.method = JSONRPC_OTHER};
    struct draft draft = {.request = request, .fault = fault};
    struct json_token token;
    enum via_status status;

    if (json_pull_next(&reader->pull, &token) == JSON_ARRAY_END) {
        reader->ended = true;
        return VIA_END;
    }
    reader->ended = !reader->batch;
    if (token.kind == JSON_OBJECT) {
        status = read_request(reader, &draft);
    } else if (token.kind != JSON_FAULT && json_pull_skip(&reader->pull, &token, NULL)) {
        fail_request(&draft, "a request is an object");
        status = VIA_INVALID;
    } else {
        status = VIA_BAD_JSON;
    }
    if (status != VIA_BAD_JSON && is_whole(reader))
        return status;
    *request = (struct jsonrpc_request){.method = JSONRPC_OTHER};
    return fail_open(reader, fault);
}
