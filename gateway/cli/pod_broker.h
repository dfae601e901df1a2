/*
 * The event broker, as the command line asks it: requests of programs, and words of providers of
 * pods.
 */
#pragma once

#include "codecs/portfolio_message.h"
#include "gateway/cli/cli.h"

struct pod_broker {
    struct cli *cli;         /* borrowed */
    const char *name;        /* as it was asked for; borrowed */
    struct via_proxy *proxy; /* owned */
};

/* --broker, else $VIADUCT_EVENTBROKER, else "eventbroker". Says on stderr what is wrong. */
enum cli_exit pod_broker_find(struct cli *cli, struct pod_broker *broker);
void pod_broker_close(struct pod_broker *broker);

/* Says on stderr what became of @doing: a status, or a result that is negative. */
enum cli_exit pod_broker_fail(const struct pod_broker *broker, const char *doing,
                              enum via_status status, int32_t result);

/* A provider's word; *resultp is the answer's, a number or an error. */
VIA_MUST_USE enum via_status pod_broker_tell(const struct pod_broker *broker, uint32_t code,
                                             const uint8_t *octets, size_t size, int32_t *resultp);

struct pod_request {
    uint32_t flavor; /* with which @data begin */
    const uint8_t *data;
    size_t size;
    uint32_t capacity;            /* octets that the answer may have */
    struct via_proxy *reply_port; /* borrowed; NULL: none */
    uint32_t reply_number;        /* that port's */
};

/* A program's request. With VIA_OK @answer is set; it points into *replyp, which is the caller's.
 */
VIA_MUST_USE enum via_status pod_broker_ask(const struct pod_broker *broker,
                                            const struct pod_request *request,
                                            struct portfolio_answer *answer,
                                            struct via_parcel **replyp);
