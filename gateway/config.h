/*
 * The gateway's configuration: a JSON file, and what the command line says over it. Every limit has
 * a name, a default and bounds in one table, which --print-config shows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <viaduct/gateway.h>

#include "bridge/log.h"

struct broker_rule;

#define CONFIG_LISTENS_MAX 16u
#define CONFIG_STRINGS_MAX 256u    /* in a list */
#define CONFIG_SIZE_MAX (1u << 20) /* octets of the file */

struct config_limits {
    uint64_t max_connections, max_frame_size, max_queue_size, max_calls, max_handles;
    uint64_t max_streams;
    uint64_t max_transfers, max_transfers_size, max_assembly_size, credit;
    uint64_t max_names, max_numbers, max_number_block;
    uint64_t max_bindings, max_waiting_finds, max_name_watches;
    uint64_t max_subscriptions, max_kept_events, max_kept_events_size, max_event_ids;
    uint64_t grace_ms, max_detached, max_unacknowledged;
    uint64_t hello_ms, keepalive_ms, timeout_ms, handshake_ms;
    uint64_t max_handshakes[3]; /* start, rate in percent, full */
    uint64_t max_json_size, max_json_calls, max_json_refs, max_json_timeout_ms, max_batch;
    uint64_t max_http_requests, events_keepalive_ms;
    uint64_t max_children, spawn_ms, handover_ms;
};

struct config_limit {
    const char *name;
    uint64_t value, least, most; /* value: the default */
    const char *unit, *text;
    size_t offset; /* in struct config_limits */
    bool startups; /* three values, written as "start:rate:full" or, for none in between, one */
};
extern const struct config_limit config_limit_table[];
extern const size_t config_n_limits;

struct config_listen {
    char host[256]; /* without brackets; "" is not allowed */
    uint16_t port;  /* 0: any */
};

/* All strings are owned; NULL: not said. */
struct config {
    char *name, *socket;
    uint32_t socket_mode;
    struct config_listen listen[CONFIG_LISTENS_MAX];
    unsigned n_listen;
    char *cert, *key, *client_ca, *crl;
    char **origins; /* of web pages that may connect */
    unsigned n_origins;
    char *audit; /* path; NULL: standard error */
    enum log_level log;
    char *bindings_file;
    bool bindings_default;            /* an interface without a binding is bound to the same name */
    struct broker_rule *broker_rules; /* what who speaks JSON may do with event brokers */
    unsigned n_broker_rules;
    char *spawn_helper;
    char **libraries; /* which may be started as child processes */
    unsigned n_libraries;
    struct config_limits limits;
};

/* What is wrong, and where, and what would be right. */
struct config_fault {
    char text[768];
};

/* All defaults. */
VIA_MUST_USE enum via_status config_init(struct config *config);
void config_deinit(struct config *config);
/* All of the file at @path, at most @size_max octets; free() it. VIA_INVALID, VIA_IO,
 * VIA_NO_MEMORY with @fault set. */
VIA_MUST_USE enum via_status config_read_text(const char *path, size_t size_max, char **textp,
                                              size_t *sizep, struct config_fault *fault);
/* Reads the file at @path over what is there. VIA_INVALID, VIA_IO, VIA_NO_MEMORY with @fault set.
 */
VIA_MUST_USE enum via_status config_read(struct config *config, const char *path,
                                         struct config_fault *fault);
/* The same of a text; @path is for messages. */
VIA_MUST_USE enum via_status config_parse(struct config *config, const char *path, const char *text,
                                          size_t size, struct config_fault *fault);
/* One HOST:PORT more; [V6]:PORT. */
VIA_MUST_USE enum via_status config_add_listen(struct config *config, const char *address,
                                               struct config_fault *fault);
/* What a program or the command line says: its file first, then the rest over it. */
VIA_MUST_USE enum via_status config_apply(struct config *config,
                                          const struct via_gateway_options *options,
                                          struct config_fault *fault);
/* Replaces the string at @place. */
VIA_MUST_USE enum via_status config_set(char **place, const char *value);
/* What is missing or does not go together. To be asked after everything has been said. */
VIA_MUST_USE enum via_status config_check(const struct config *config, struct config_fault *fault);
/* All of it with defaults, as a file that config_read() takes, the limits with what they mean. */
void config_print(const struct config *config, FILE *out);
