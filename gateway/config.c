/*
 * The file is read token by token, not as a tree, so that every complaint can name its place. A key
 * that is not known is refused with the one most like it: a limit that is misspelt must not be a
 * limit that is silently not set.
 */
#include "gateway/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/liveness.h"
#include "bridge/peer.h"
#include "codecs/json_number.h"
#include "codecs/json_pull.h"
#include "gateway/broker_rights.h"
#include "gateway/nearest.h"
#include "gateway/numbers.h"

#define DEPTH_MAX 8u
#define VALUE_MAX 4095u /* octets of a string in the file */

/* ---- the table of limits ---- */

#define LIMIT(name, value, least, most, unit, text)                                                \
    {                                                                                              \
#name, value, least, most, unit, text, offsetof(struct config_limits, name), false         \
    }
#define HANDSHAKES_RATE 30u
#define HANDSHAKES_FULL 600u
#define MIB (UINT64_C(1) << 20)
#define DAY_MS UINT64_C(86400000)

const struct config_limit config_limit_table[] = {
    LIMIT(max_connections, 4096, 1, 60000, "", "sessions at once, of all kinds"),
    LIMIT(max_frame_size, PEER_FRAME_MAX_DEFAULT, PEER_FRAME_MAX_LEAST, PEER_FRAME_MAX_MOST,
          "octets", "largest message taken from anyone"),
    LIMIT(max_queue_size, 4 * MIB, 4096, 1024 * MIB, "octets",
          "that may wait for one link; at twice that it is evicted"),
    LIMIT(max_streams, 256, 1, 65536, "", "descriptors of one WebSocket at once, each way"),
    LIMIT(max_transfers, 64, 1, 4096, "", "messages over 64 KiB at once on one link, each way"),
    LIMIT(max_transfers_size, 128 * MIB, 65536, 65536 * MIB, "octets",
          "of messages over 64 KiB that wait for one link; at twice that it is evicted"),
    LIMIT(max_assembly_size, 64 * MIB, 65536, 65536 * MIB, "octets",
          "of messages over 64 KiB put together on one link"),
    LIMIT(credit, 262144, 4096, 64 * MIB, "octets",
          "of one message over 64 KiB, or stream, under way at once"),
    LIMIT(max_calls, 65536, 1, 1048576, "", "calls in flight on one link, each way"),
    LIMIT(max_handles, 262144, 16, 1048575, "", "references on one link, each way"),
    LIMIT(max_names, 100000, 1, 10000000, "", "names in the directory"),
    LIMIT(max_numbers, 262144, 0, NUMBERS_RANGE / 2, "",
          "gateway-wide numbers of one session, in use or set aside"),
    LIMIT(max_number_block, 1024, 1, NUMBERS_BLOCK_MOST, "",
          "gateway-wide numbers set aside for a session at once"),
    LIMIT(max_bindings, 4096, 0, 1000000, "", "bindings, of the file and said at run time"),
    LIMIT(max_waiting_finds, 16384, 0, 1000000, "", "finds that wait for a name, or for a binding"),
    LIMIT(max_name_watches, 4096, 0, 1000000, "", "watches of names"),
    LIMIT(max_subscriptions, 65536, 0, 1000000, "", "subscriptions to events"),
    LIMIT(max_kept_events, 128, 1, 65536, "", "events kept for each object"),
    LIMIT(max_kept_events_size, MIB, 0, 1024 * MIB, "octets", "of events kept for each object"),
    LIMIT(max_event_ids, 256, 1, 65536, "", "event ids of which each object's newest is kept"),
    LIMIT(hello_ms, 5000, 100, DAY_MS, "ms", "a new connection has to introduce itself"),
    LIMIT(keepalive_ms, LIVENESS_KEEPALIVE_MS, LIVENESS_LEAST_MS, DAY_MS, "ms",
          "a WebSocket may be silent before it is asked"),
    LIMIT(timeout_ms, LIVENESS_TIMEOUT_MS, LIVENESS_LEAST_MS, DAY_MS, "ms",
          "it has to answer then; after that it is as good as gone"),
    LIMIT(grace_ms, 15000, 0, DAY_MS, "ms",
          "a session whose WebSocket broke is kept; 0: not at all"),
    LIMIT(max_detached, 1024, 0, 60000, "", "sessions without their WebSocket that are kept"),
    LIMIT(max_unacknowledged, MIB, 65536, 1024 * MIB, "octets",
          "sent over a WebSocket before the other end says what came"),
    {"max_handshakes", 200, 1, 60000, "",
     "TLS handshakes at once, as start:rate:full: from start on each further one is refused with a "
     "chance of rate percent, growing to all at full",
     offsetof(struct config_limits, max_handshakes), true},
    LIMIT(handshake_ms, 2000, 100, DAY_MS, "ms", "a TLS handshake may take"),
    LIMIT(max_json_size, MIB, 1024, 256 * MIB, "octets", "of one JSON message or HTTP body"),
    LIMIT(max_json_calls, 1024, 1, 1048576, "", "calls in flight of one JSON session"),
    LIMIT(max_json_refs, 4096, 0, 1048575, "", "references that one JSON session holds"),
    LIMIT(max_json_timeout_ms, 30000, 1, DAY_MS, "ms", "of a JSON call that names no timeout"),
    LIMIT(max_batch, 256, 1, 65536, "", "requests in one JSON batch"),
    LIMIT(max_http_requests, 1024, 1, 60000, "", "HTTP requests and event streams at once"),
    LIMIT(events_keepalive_ms, 15000, 100, DAY_MS, "ms", "between comments on an event stream"),
    LIMIT(max_children, 50, 0, 10000, "", "child processes at once"),
    LIMIT(spawn_ms, 10000, 100, DAY_MS, "ms", "a child process has to report"),
    LIMIT(handover_ms, 10000, 100, DAY_MS, "ms",
          "each step of a hand-over to another process may take"),
};
const size_t config_n_limits = sizeof config_limit_table / sizeof *config_limit_table;

static uint64_t *limit_at(struct config_limits *limits, const struct config_limit *limit)
{
    return (uint64_t *)(void *)((char *)limits + limit->offset);
}

/* ---- life ---- */

static enum via_status default_socket(char **socketp)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (geteuid() == 0 || runtime == NULL || *runtime != '/')
        return config_set(socketp, "/run/viaduct/viaduct.sock");
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/viaduct.sock", runtime);
    return size > 0 && (size_t)size < sizeof path ? config_set(socketp, path) : VIA_INVALID;
}

enum via_status config_init(struct config *config)
{
    *config = (struct config){.socket_mode = 0660, .log = LOG_WARN, .bindings_default = true};
    for (size_t i = 0; i < config_n_limits; i++)
        *limit_at(&config->limits, &config_limit_table[i]) = config_limit_table[i].value;
    config->limits.max_handshakes[1] = HANDSHAKES_RATE;
    config->limits.max_handshakes[2] = HANDSHAKES_FULL;
    char host[256] = "gateway";
    (void)gethostname(host, sizeof host - 1);
    enum via_status status = config_set(&config->name, host);
    if (status == VIA_OK)
        status = default_socket(&config->socket);
    if (status != VIA_OK)
        config_deinit(config);
    return status;
}

void config_deinit(struct config *config)
{
    char *const strings[] = {config->name,  config->socket,        config->cert,
                             config->key,   config->client_ca,     config->crl,
                             config->audit, config->bindings_file, config->spawn_helper};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    for (unsigned i = 0; i < config->n_libraries; i++)
        free(config->libraries[i]);
    free(config->libraries);
    for (unsigned i = 0; i < config->n_origins; i++)
        free(config->origins[i]);
    free(config->origins);
    for (unsigned i = 0; i < config->n_broker_rules; i++)
        broker_rule_deinit(&config->broker_rules[i]);
    free(config->broker_rules);
    *config = (struct config){0};
}

enum via_status config_set(char **place, const char *value)
{
    char *copy = strdup(value);
    if (copy == NULL)
        return VIA_NO_MEMORY;
    free(*place);
    *place = copy;
    return VIA_OK;
}

/* ---- reading ---- */

struct reader {
    struct config *config;
    const char *path, *text;
    struct json_pull pull;
    struct config_fault *fault;
};

/* Says what is wrong at the value just read; returns VIA_INVALID. */
__attribute__((format(printf, 2, 3))) static enum via_status complain(struct reader *reader,
                                                                      const char *format, ...)
{
    unsigned line, column;
    json_pull_place(reader->text, json_pull_offset(&reader->pull), &line, &column);
    int n = snprintf(reader->fault->text, sizeof reader->fault->text, "%s:%u:%u: ", reader->path,
                     line, column);
    if (n < 0 || (size_t)n >= sizeof reader->fault->text)
        return VIA_INVALID;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reader->fault->text + n, sizeof reader->fault->text - (size_t)n, format,
                    arguments);
    va_end(arguments);
    return VIA_INVALID;
}

static enum via_status complain_json(struct reader *reader)
{
    return complain(reader, "%s", reader->pull.fault);
}

/* One key of the file and who reads its value; @name names it in messages. */
struct key {
    const char *name;
    enum via_status (*read)(struct reader *reader, const struct key *key,
                            const struct json_token *token);
    size_t offset; /* of the string in struct config, where it is one */
    const char *text;
};

static enum via_status want(struct reader *reader, const struct key *key,
                            const struct json_token *token, enum json_kind kind, const char *what)
{
    if (token->kind == kind)
        return VIA_OK;
    return token->kind == JSON_FAULT ? complain_json(reader)
                                     : complain(reader, "%s: must be %s", key->name, what);
}

/* The characters of a string, NUL-terminated. */
static enum via_status read_chars(struct reader *reader, const struct key *key,
                                  const struct json_token *token, char out[VALUE_MAX + 1])
{
    enum via_status status = want(reader, key, token, JSON_STRING, "a string");
    if (status != VIA_OK)
        return status;
    if (token->size > VALUE_MAX || token->nul)
        return complain(reader, "%s: is longer than %u octets or has a NUL in it", key->name,
                        VALUE_MAX);
    out[json_pull_unescape(token, out)] = '\0';
    return VIA_OK;
}

static enum via_status read_string(struct reader *reader, const struct key *key,
                                   const struct json_token *token)
{
    char value[VALUE_MAX + 1] = "";
    enum via_status status = read_chars(reader, key, token, value);
    if (status != VIA_OK)
        return status;
    if (*value == '\0')
        return complain(reader, "%s: is empty; leave the key out for the default", key->name);
    return config_set((char **)(void *)((char *)reader->config + key->offset), value);
}

static enum via_status read_mode(struct reader *reader, const struct key *key,
                                 const struct json_token *token)
{
    char value[VALUE_MAX + 1] = "";
    enum via_status status = read_chars(reader, key, token, value);
    if (status != VIA_OK)
        return status;
    size_t digits = strspn(value, "01234567");
    if (digits == 0 || digits > 4 || value[digits] != '\0' || strtoul(value, NULL, 8) > 0777)
        return complain(reader, "%s: \"%s\" is no mode; write it in octal, such as \"0660\"",
                        key->name, value);
    reader->config->socket_mode = (uint32_t)strtoul(value, NULL, 8);
    return VIA_OK;
}

static enum via_status read_bindings_default(struct reader *reader, const struct key *key,
                                             const struct json_token *token)
{
    bool is_true = token->kind == JSON_TRUE;
    enum via_status status =
        is_true ? VIA_OK : want(reader, key, token, JSON_FALSE, "true or false");
    if (status == VIA_OK)
        reader->config->bindings_default = is_true;
    return status;
}

static enum via_status read_log(struct reader *reader, const struct key *key,
                                const struct json_token *token)
{
    char value[VALUE_MAX + 1] = "";
    enum via_status status = read_chars(reader, key, token, value);
    if (status == VIA_OK && !log_level_parse(value, &reader->config->log))
        return complain(reader, "%s: \"%s\" is no level; error, warn, info and debug are",
                        key->name, value);
    return status;
}

/* Each element of an array of strings goes to @add. */
static enum via_status
read_list(struct reader *reader, const struct key *key, const struct json_token *token,
          enum via_status (*add)(struct reader *reader, const struct key *key, const char *value))
{
    char value[VALUE_MAX + 1] = "";
    struct json_token element;
    enum via_status status = want(reader, key, token, JSON_ARRAY, "an array of strings");
    while (status == VIA_OK) {
        if (json_pull_next(&reader->pull, &element) == JSON_ARRAY_END)
            return VIA_OK;
        status = read_chars(reader, key, &element, value);
        if (status == VIA_OK)
            status = add(reader, key, value);
    }
    return status;
}

static enum via_status add_listen(struct reader *reader, const struct key *key, const char *value)
{
    struct config_fault fault;
    enum via_status status = config_add_listen(reader->config, value, &fault);
    return status == VIA_OK ? VIA_OK : complain(reader, "%s: %s", key->name, fault.text);
}

static enum via_status read_listen(struct reader *reader, const struct key *key,
                                   const struct json_token *token)
{
    reader->config->n_listen = 0;
    return read_list(reader, key, token, add_listen);
}

static enum via_status add_string(struct reader *reader, const struct key *key, const char *value,
                                  char ***listp, unsigned *np)
{
    if (*np == CONFIG_STRINGS_MAX)
        return complain(reader, "%s: more than %u", key->name, CONFIG_STRINGS_MAX);
    char **list = realloc(*listp, (*np + 1) * sizeof *list);
    if (list == NULL)
        return VIA_NO_MEMORY;
    *listp = list;
    list[*np] = NULL;
    enum via_status status = config_set(&list[*np], value);
    if (status == VIA_OK)
        ++*np;
    return status;
}

static enum via_status add_library(struct reader *reader, const struct key *key, const char *value)
{
    if (*value == '\0' || strstr(value, "../") != NULL)
        return complain(reader, "%s: \"%s\" is no name of a library", key->name, value);
    return add_string(reader, key, value, &reader->config->libraries, &reader->config->n_libraries);
}

static enum via_status add_origin(struct reader *reader, const struct key *key, const char *value)
{
    const char *scheme = strstr(value, "://");
    if (scheme == NULL || scheme == value || scheme[3] == '\0' || strchr(scheme + 3, '/') != NULL)
        return complain(reader,
                        "%s: \"%s\" is no origin; write it as a browser does, such as "
                        "\"https://host:7443\", without a path",
                        key->name, value);
    return add_string(reader, key, value, &reader->config->origins, &reader->config->n_origins);
}

static enum via_status read_origins(struct reader *reader, const struct key *key,
                                    const struct json_token *token)
{
    return read_list(reader, key, token, add_origin);
}

static enum via_status add_broker_rule(struct reader *reader, const struct key *key,
                                       const char *value)
{
    struct config *config = reader->config;
    char words[320] = "";
    if (config->n_broker_rules == CONFIG_STRINGS_MAX)
        return complain(reader, "%s: more than %u", key->name, CONFIG_STRINGS_MAX);
    struct broker_rule *rules =
        realloc(config->broker_rules, (config->n_broker_rules + 1) * sizeof *rules);
    if (rules == NULL)
        return VIA_NO_MEMORY;
    config->broker_rules = rules;
    enum via_status status =
        broker_rule_read(value, &rules[config->n_broker_rules], words, sizeof words);
    if (status == VIA_OK)
        config->n_broker_rules++;
    return status == VIA_INVALID ? complain(reader, "%s: %s", key->name, words) : status;
}

static enum via_status read_broker_rights(struct reader *reader, const struct key *key,
                                          const struct json_token *token)
{
    return read_list(reader, key, token, add_broker_rule);
}

static enum via_status read_libraries(struct reader *reader, const struct key *key,
                                      const struct json_token *token)
{
    return read_list(reader, key, token, add_library);
}

static enum via_status read_keys(struct reader *reader, const char *where, const struct key *keys,
                                 size_t n_keys);

static enum via_status read_limits(struct reader *reader, const struct key *key,
                                   const struct json_token *token);
static enum via_status read_spawn(struct reader *reader, const struct key *key,
                                  const struct json_token *token);

static const struct key keys[] = {
    {"name", read_string, offsetof(struct config, name), "of this gateway, for people"},
    {"socket", read_string, offsetof(struct config, socket), "path of the local socket"},
    {"socket_mode", read_mode, 0, "who on this host may connect"},
    {"listen", read_listen, 0, "addresses for TLS WebSockets and HTTPS, as HOST:PORT"},
    {"cert", read_string, offsetof(struct config, cert), "PEM file: our certificate"},
    {"key", read_string, offsetof(struct config, key), "PEM file: its private key"},
    {"client_ca", read_string, offsetof(struct config, client_ca),
     "PEM file: who signs for clients that may connect"},
    {"crl", read_string, offsetof(struct config, crl), "PEM file: revoked certificates"},
    {"origins", read_origins, 0, "web pages that may connect, by their origin"},
    {"audit", read_string, offsetof(struct config, audit), "file for refusals, as JSON lines"},
    {"log", read_log, 0, "error, warn, info or debug"},
    {"bindings_file", read_string, offsetof(struct config, bindings_file),
     "which service an interface means, as Legato's bindings section"},
    {"broker_rights", read_broker_rights, 0,
     "what who speaks JSON may do with event brokers: \"IDENTITY: RIGHT RIGHT...\""},
    {"bindings_default", read_bindings_default, 0,
     "whether an interface without a binding means the same user's service of that name"},
    {"spawn", read_spawn, 0, "child processes that clients may start"},
    {"limits", read_limits, 0, ""},
};

static const struct key spawn_keys[] = {
    {"spawn.helper", read_string, offsetof(struct config, spawn_helper),
     "program that loads the library"},
    {"spawn.libraries", read_libraries, 0, "which may be started, by name"},
};

static enum via_status read_spawn(struct reader *reader, const struct key *key,
                                  const struct json_token *token)
{
    enum via_status status = want(reader, key, token, JSON_OBJECT, "an object");
    return status == VIA_OK
               ? read_keys(reader, "spawn.", spawn_keys, sizeof spawn_keys / sizeof *spawn_keys)
               : status;
}

static enum via_status complain_key(struct reader *reader, const char *name, const char *nearest,
                                    unsigned distance)
{
    if (nearest != NULL && nearest_is_near(name, distance))
        return complain(reader, "%s: no such key; did you mean %s?", name, nearest);
    return complain(reader, "%s: no such key; viaductd --print-config shows all", name);
}

/* Reads an object's members, each by its row. */
static enum via_status read_keys(struct reader *reader, const char *where, const struct key *rows,
                                 size_t n_rows)
{
    for (;;) {
        struct json_token token;
        enum json_kind kind = json_pull_next(&reader->pull, &token);
        if (kind == JSON_OBJECT_END)
            return VIA_OK;
        if (kind != JSON_KEY)
            return complain_json(reader);
        char name[128];
        (void)snprintf(name, sizeof name, "%s%.*s", where, (int)(token.size < 64 ? token.size : 64),
                       token.text);
        const struct key *row = NULL, *nearest = NULL;
        unsigned least = NEAREST_SIZE_MAX + 1;
        for (size_t i = 0; i < n_rows; i++) {
            unsigned distance = nearest_distance(name, rows[i].name);
            if (distance < least) {
                least = distance;
                nearest = &rows[i];
            }
            if (strcmp(name, rows[i].name) == 0)
                row = &rows[i];
        }
        if (row == NULL)
            return complain_key(reader, name, nearest == NULL ? NULL : nearest->name, least);
        (void)json_pull_next(&reader->pull, &token);
        enum via_status status = row->read(reader, row, &token);
        if (status != VIA_OK)
            return status;
    }
}

/* "start:rate:full"; false: it is not. */
static bool parse_startups(const struct json_token *token, const struct config_limit *limit,
                           uint64_t values[3])
{
    const char *at = token->text, *end = token->text + token->size;
    for (unsigned i = 0; i < 3; i++) {
        const char *colon = i < 2 ? memchr(at, ':', (size_t)(end - at)) : end;
        if (colon == NULL || !json_number_u64(at, (size_t)(colon - at), &values[i]))
            return false;
        at = colon + 1;
    }
    return values[0] >= limit->least && values[0] <= values[2] && values[2] <= limit->most &&
           values[1] >= 1 && values[1] <= 100;
}

static enum via_status read_startups(struct reader *reader, const struct json_token *token,
                                     const struct config_limit *limit)
{
    uint64_t values[3] = {0, 100, 0};
    bool good = false;
    if (token->kind == JSON_STRING && !token->nul) {
        good = parse_startups(token, limit, values);
    } else if (token->kind == JSON_NUMBER &&
               json_number_u64(token->text, token->size, &values[0])) {
        values[2] = values[0];
        good = values[0] >= limit->least && values[0] <= limit->most;
    }
    if (!good)
        return complain(
            reader,
            "limits.%s: must be \"start:rate:full\", with a rate from 1 to 100 percent, "
            "or a whole number from %" PRIu64 " to %" PRIu64,
            limit->name, limit->least, limit->most);
    memcpy(limit_at(&reader->config->limits, limit), values, sizeof values);
    return VIA_OK;
}

static enum via_status read_limit(struct reader *reader, const struct json_token *token,
                                  const struct config_limit *limit)
{
    uint64_t value = 0;
    if (token->kind == JSON_FAULT)
        return complain_json(reader);
    if (limit->startups)
        return read_startups(reader, token, limit);
    if (token->kind != JSON_NUMBER || !json_number_u64(token->text, token->size, &value) ||
        value < limit->least || value > limit->most)
        return complain(reader, "limits.%s: must be a whole number from %" PRIu64 " to %" PRIu64,
                        limit->name, limit->least, limit->most);
    *limit_at(&reader->config->limits, limit) = value;
    return VIA_OK;
}

static enum via_status read_limits(struct reader *reader, const struct key *key,
                                   const struct json_token *first)
{
    enum via_status status = want(reader, key, first, JSON_OBJECT, "an object");
    while (status == VIA_OK) {
        struct json_token token;
        enum json_kind kind = json_pull_next(&reader->pull, &token);
        if (kind == JSON_OBJECT_END)
            return VIA_OK;
        if (kind != JSON_KEY)
            return complain_json(reader);
        char name[65];
        (void)snprintf(name, sizeof name, "%.*s", (int)(token.size < 64 ? token.size : 64),
                       token.text);
        const struct config_limit *limit = NULL, *nearest = NULL;
        unsigned least = NEAREST_SIZE_MAX + 1;
        for (size_t i = 0; i < config_n_limits; i++) {
            unsigned distance = nearest_distance(name, config_limit_table[i].name);
            if (distance < least) {
                least = distance;
                nearest = &config_limit_table[i];
            }
            if (strcmp(name, config_limit_table[i].name) == 0)
                limit = &config_limit_table[i];
        }
        if (limit == NULL)
            return complain_key(reader, name, nearest->name, least);
        (void)json_pull_next(&reader->pull, &token);
        status = read_limit(reader, &token, limit);
    }
    return status;
}

enum via_status config_parse(struct config *config, const char *path, const char *text, size_t size,
                             struct config_fault *fault)
{
    struct reader reader = {.config = config, .path = path, .text = text, .fault = fault};
    json_pull_start(&reader.pull, text, size, DEPTH_MAX);
    struct json_token token;
    (void)snprintf(fault->text, sizeof fault->text, "%s: out of memory", path);
    if (json_pull_next(&reader.pull, &token) != JSON_OBJECT)
        return token.kind == JSON_FAULT
                   ? complain_json(&reader)
                   : complain(&reader, "must be an object: {\"socket\": ..., ...}");
    enum via_status status = read_keys(&reader, "", keys, sizeof keys / sizeof *keys);
    if (status == VIA_OK && json_pull_next(&reader.pull, &token) != JSON_END)
        return complain_json(&reader);
    return status;
}

static enum via_status read_all(const char *path, FILE *file, char *text, size_t size_max,
                                size_t *sizep, struct config_fault *fault)
{
    size_t size = fread(text, 1, size_max + 1, file);
    if (ferror(file)) {
        (void)snprintf(fault->text, sizeof fault->text, "%s: %s", path, strerror(errno));
        return VIA_IO;
    }
    if (size > size_max) {
        (void)snprintf(fault->text, sizeof fault->text, "%s: is larger than %zu octets", path,
                       size_max);
        return VIA_INVALID;
    }
    *sizep = size;
    return VIA_OK;
}

enum via_status config_read_text(const char *path, size_t size_max, char **textp, size_t *sizep,
                                 struct config_fault *fault)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)snprintf(fault->text, sizeof fault->text, "%s: %s", path, strerror(errno));
        return VIA_IO;
    }
    enum via_status status = VIA_NO_MEMORY;
    char *text = malloc(size_max + 1);
    if (text == NULL)
        (void)snprintf(fault->text, sizeof fault->text, "%s: out of memory", path);
    else
        status = read_all(path, file, text, size_max, sizep, fault);
    (void)fclose(file);
    if (status == VIA_OK)
        *textp = text;
    else
        free(text);
    return status;
}

enum via_status config_read(struct config *config, const char *path, struct config_fault *fault)
{
    char *text;
    size_t size;
    enum via_status status = config_read_text(path, CONFIG_SIZE_MAX, &text, &size, fault);
    if (status != VIA_OK)
        return status;
    status = config_parse(config, path, text, size, fault);
    free(text);
    return status;
}

enum via_status config_add_listen(struct config *config, const char *address,
                                  struct config_fault *fault)
{
    const char *colon = strrchr(address, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - address);
    bool bracketed = size >= 2 && address[0] == '[' && address[size - 1] == ']';
    const char *host = bracketed ? address + 1 : address;
    size = bracketed ? size - 2 : size;
    uint64_t port = 0;
    if (colon == NULL || size == 0 || size > 255 || (!bracketed && memchr(host, ':', size)) ||
        !json_number_u64(colon + 1, strlen(colon + 1), &port) || port > 65535) {
        (void)snprintf(fault->text, sizeof fault->text,
                       "\"%s\" is no address; write HOST:PORT, such as 127.0.0.1:7443 or "
                       "[::]:7443; port 0 takes any that is free",
                       address);
        return VIA_INVALID;
    }
    if (config->n_listen == CONFIG_LISTENS_MAX) {
        (void)snprintf(fault->text, sizeof fault->text, "more than %u addresses",
                       CONFIG_LISTENS_MAX);
        return VIA_INVALID;
    }
    struct config_listen *listen = &config->listen[config->n_listen++];
    memcpy(listen->host, host, size);
    listen->host[size] = '\0';
    listen->port = (uint16_t)port;
    return VIA_OK;
}

enum via_status config_apply(struct config *config, const struct via_gateway_options *options,
                             struct config_fault *fault)
{
    if (options == NULL)
        return VIA_OK;
    enum via_status status = VIA_OK;
    if (options->config != NULL)
        status = config_read(config, options->config, fault);
    const struct {
        char **place;
        const char *value;
    } strings[] = {{&config->socket, options->socket},
                   {&config->cert, options->cert},
                   {&config->key, options->key},
                   {&config->client_ca, options->client_ca},
                   {&config->crl, options->crl}};
    for (size_t i = 0; i < sizeof strings / sizeof *strings && status == VIA_OK; i++)
        if (strings[i].value != NULL)
            status = config_set(strings[i].place, strings[i].value);
    if (options->listen != NULL)
        config->n_listen = 0; /* the command line's stand in the file's place */
    for (size_t i = 0; options->listen != NULL && options->listen[i] != NULL && status == VIA_OK;
         i++)
        status = config_add_listen(config, options->listen[i], fault);
    return status;
}

enum via_status config_check(const struct config *config, struct config_fault *fault)
{
    const char *missing = config->cert == NULL        ? "cert"
                          : config->key == NULL       ? "key"
                          : config->client_ca == NULL ? "client_ca"
                                                      : NULL;
    if (config->n_listen > 0 && missing != NULL) {
        (void)snprintf(fault->text, sizeof fault->text,
                       "listen needs %s: give --%s FILE or the key \"%s\"; viaduct-certs makes "
                       "certificates for development",
                       missing, strcmp(missing, "client_ca") == 0 ? "client-ca" : missing, missing);
        return VIA_INVALID;
    }
    if (config->n_libraries > 0 && config->spawn_helper == NULL) {
        (void)snprintf(fault->text, sizeof fault->text,
                       "spawn.libraries needs spawn.helper: the path of viaduct-ability-child");
        return VIA_INVALID;
    }
    return VIA_OK;
}

/* ---- printing ---- */

static void print_string(FILE *out, const char *text)
{
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            (void)fputc('\\', out);
        if ((unsigned char)*text < 0x20)
            (void)fprintf(out, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

static void print_if(FILE *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    (void)fprintf(out, "  \"%s\": ", name);
    print_string(out, value);
    (void)fputs(",\n", out);
}

static void print_listen(FILE *out, const struct config *config)
{
    (void)fputs("  \"listen\": [", out);
    for (unsigned i = 0; i < config->n_listen; i++) {
        char address[300];
        const struct config_listen *listen = &config->listen[i];
        bool v6 = strchr(listen->host, ':') != NULL;
        (void)snprintf(address, sizeof address, v6 ? "[%s]:%u" : "%s:%u", listen->host,
                       (unsigned)listen->port);
        (void)fputs(i > 0 ? ", " : "", out);
        print_string(out, address);
    }
    (void)fputs("],\n", out);
}

static void print_strings(FILE *out, const char *name, char *const *strings, unsigned n)
{
    (void)fprintf(out, "\"%s\": [", name);
    for (unsigned i = 0; i < n; i++) {
        (void)fputs(i > 0 ? ", " : "", out);
        print_string(out, strings[i]);
    }
    (void)fputs("]", out);
}

static void print_broker_rules(FILE *out, const struct config *config)
{
    (void)fputs("  \"broker_rights\": [", out);
    for (unsigned i = 0; i < config->n_broker_rules; i++) {
        (void)fputs(i > 0 ? ", " : "", out);
        print_string(out, config->broker_rules[i].said);
    }
    (void)fputs("],\n", out);
}

static void print_spawn(FILE *out, const struct config *config)
{
    (void)fputs("  \"spawn\": {", out);
    if (config->spawn_helper != NULL) {
        (void)fputs("\"helper\": ", out);
        print_string(out, config->spawn_helper);
        (void)fputs(", ", out);
    }
    print_strings(out, "libraries", config->libraries, config->n_libraries);
    (void)fputs("},\n", out);
}

void config_print(const struct config *config, FILE *out)
{
    struct config_limits limits = config->limits;
    (void)fputs("{\n", out);
    print_if(out, "name", config->name);
    print_if(out, "socket", config->socket);
    (void)fprintf(out, "  \"socket_mode\": \"%04o\",\n", (unsigned)config->socket_mode);
    print_listen(out, config);
    print_if(out, "cert", config->cert);
    print_if(out, "key", config->key);
    print_if(out, "client_ca", config->client_ca);
    print_if(out, "crl", config->crl);
    (void)fputs("  ", out);
    print_strings(out, "origins", config->origins, config->n_origins);
    (void)fputs(",\n", out);
    print_if(out, "audit", config->audit);
    print_if(out, "log", log_level_name(config->log));
    print_if(out, "bindings_file", config->bindings_file);
    (void)fprintf(out, "  \"bindings_default\": %s,\n",
                  config->bindings_default ? "true" : "false");
    print_broker_rules(out, config);
    print_spawn(out, config);
    (void)fputs("  \"limits\": {\n", out);
    for (size_t i = 0; i < config_n_limits; i++) {
        const struct config_limit *limit = &config_limit_table[i];
        const char *comma = i + 1 < config_n_limits ? "," : "";
        const uint64_t *values = limit_at(&limits, limit);
        if (limit->startups)
            (void)fprintf(out, "    \"%s\": \"%" PRIu64 ":%" PRIu64 ":%" PRIu64 "\"%s\n",
                          limit->name, values[0], values[1], values[2], comma);
        else
            (void)fprintf(out, "    \"%s\": %" PRIu64 "%s\n", limit->name, *values, comma);
    }
    (void)fputs("  }\n}\n", out);
}
