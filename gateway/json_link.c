/*
 * Texts go into the link's outbox, one a line, as text links have it. Answers and deaths are never
 * refused; a client that lets twice the bound gather is closed. Events are refused at the bound,
 * and come from what is kept when there is room again.
 */
#include "gateway/json_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"
#include "gateway/gateway.h"

static struct json_link *of_json(struct json_session *session)
{
    return (struct json_link *)session; /* its first member */
}

static struct json_link *of_flush(struct loop_task *task)
{
    return (struct json_link *)((char *)task - offsetof(struct json_link, flush));
}

static struct gateway *gateway_of(const struct json_link *json)
{
    return json->session.session.gateway;
}

static size_t bound_of(const struct json_link *json)
{
    return (size_t)gateway_of(json)->config.limits.max_queue_size;
}

/* What the close frame says, as WebSocket numbers it. */
static unsigned close_code(enum frame_bye code)
{
    switch (code) {
    case FRAME_BYE_RESUME:
        return 1012; /* service restart: come back */
    case FRAME_BYE_EVICTED:
        return 1008; /* policy */
    case FRAME_BYE_EXITED:
        break;
    }
    return 1001; /* going away */
}

/* No more goes in or out; the link closes when what waits has been written. */
static void close_json(struct json_link *json, enum frame_bye code, enum via_cause cause,
                       const char *why)
{
    if (json->closing)
        return;
    json->closing = true;
    liveness_stop(&json->liveness);
    json_session_end(&json->session, cause);
    wss_link_close_as(json->link, close_code(code), why);
}

static void tell_written(struct json_link *json)
{
    json_ports_written(&json->session, json->n_put - outbox_size(json->outbox));
}

static void flush(struct loop_task *task)
{
    struct json_link *json = of_flush(task);
    link_flush(json->link);
    if (json->closing)
        return;
    tell_written(json);
    if (outbox_size(json->outbox) == 0)
        gateway_session_drained(&json->session.session);
    if (outbox_size(json->outbox) / 2 <= bound_of(json))
        return;
    char why[160];
    (void)snprintf(why, sizeof why,
                   "%zu octets wait for a link that does not take them: over twice "
                   "max_queue_size = %zu",
                   outbox_size(json->outbox), bound_of(json));
    audit_refusal(&gateway_of(json)->audit, &json->session.session.principal, "queue", why);
    close_json(json, FRAME_BYE_EVICTED, VIA_EVICTED, why);
}

static void flush_bulk(struct bulk_item *item)
{
    struct json_link *json = (struct json_link *)((char *)item - offsetof(struct json_link, bulk));
    loop_undefer(gateway_of(json)->loop, &json->flush);
    flush(&json->flush);
}

static enum via_status put(struct json_link *json, const struct buffer *text)
{
    uint8_t *place;
    enum via_status status = text->status;
    if (status == VIA_OK)
        status = outbox_add(json->outbox, text->size + 1, NULL, 0, &place);
    if (status != VIA_OK)
        return status;
    memcpy(place, text->data, text->size);
    place[text->size] = '\n';
    json->n_put += text->size + 1;
    if (!bulk_takes(&gateway_of(json)->bulk, &json->bulk))
        loop_defer(gateway_of(json)->loop, &json->flush);
    return VIA_OK;
}

/* ---- the outlet ---- */

static void put_or_close(struct json_link *json, const struct buffer *text)
{
    if (put(json, text) == VIA_OK)
        return;
    log_error("json.no_answer", "to=\"%s\" why=no_memory", json->session.session.principal.address);
    link_close(json->link); /* what it waits for will not come */
}

static void answer(struct json_session *session, const struct buffer *text)
{
    put_or_close(of_json(session), text);
}

static void answered(struct json_session *session)
{
    (void)session;
}

static enum via_status event(struct json_session *session, const struct jsonrpc_event *event,
                             const struct json_numbers *numbers)
{
    struct json_link *json = of_json(session);
    if (outbox_size(json->outbox) >= bound_of(json))
        return VIA_BUSY;
    struct buffer *out = json_session_begin(session);
    enum via_status status = jsonrpc_write_event(out, event, numbers);
    return status == VIA_OK ? put(json, out) : status;
}

static enum via_status record(struct json_session *session, const struct jsonrpc_event *event,
                              uint64_t *endp)
{
    struct json_link *json = of_json(session);
    struct buffer *out = json_session_begin(session);
    enum via_status status = jsonrpc_write_event(out, event, NULL);
    if (status == VIA_OK)
        status = put(json, out);
    *endp = json->n_put;
    return status;
}

static void death(struct json_session *session, const struct jsonrpc_source *source,
                  enum via_cause cause)
{
    struct buffer *out = json_session_begin(session);
    jsonrpc_write_death(out, source, cause);
    put_or_close(of_json(session), out);
}

static void close_outlet(struct json_session *session, enum frame_bye code, const char *why)
{
    log_debug("json.closed", "to=\"%s\" why=\"%s\"", session->session.principal.address, why);
    close_json(of_json(session), code, code == FRAME_BYE_EVICTED ? VIA_EVICTED : VIA_LINK_LOST,
               why);
}

static const struct json_outlet outlet = {.answer = answer,
                                          .answered = answered,
                                          .event = event,
                                          .record = record,
                                          .death = death,
                                          .close = close_outlet};

/* ---- the link ---- */

static void link_opened(void *user)
{
    const struct json_link *json = user;
    log_info("session.opened", "kind=json from=\"%s\" identity=\"%s\"",
             json->session.session.principal.address, json->session.session.principal.identity);
}

static enum via_status link_received(void *user, const uint8_t *octets, size_t size, size_t *usedp)
{
    struct json_link *json = user;
    struct buffer *in = &gateway_of(json)->json_in;
    *usedp = size;
    if (json->closing)
        return VIA_OK;
    buffer_cut(in, 0);
    buffer_add(in, octets, size);
    if (in->status != VIA_OK)
        return in->status;
    json_session_receive(&json->session, (char *)in->data, size);
    return VIA_OK;
}

static void link_received_fds(void *user, const int *fds, size_t n_fds, bool lost)
{
    (void)user, (void)fds, (void)n_fds, (void)lost; /* no WebSocket has any */
}

static void link_drained(void *user)
{
    struct json_link *json = user;
    if (json->closing)
        return;
    tell_written(json);
    gateway_session_drained(&json->session.session);
}

static void link_closed(void *user, enum via_status why, const char *detail)
{
    struct json_link *json = user;
    log_info("session.closed", "kind=json from=\"%s\" why=%s detail=\"%s\"",
             json->session.session.principal.address, via_status_name(why), detail);
    json_link_destroy(json);
}

static const struct link_events link_events = {.opened = link_opened,
                                               .received = link_received,
                                               .received_fds = link_received_fds,
                                               .drained = link_drained,
                                               .closed = link_closed};

static struct json_link *of_liveness(struct liveness *liveness)
{
    return (struct json_link *)((char *)liveness - offsetof(struct json_link, liveness));
}

static void ask(struct liveness *liveness)
{
    link_ping(of_liveness(liveness)->link);
}

static void silent(struct liveness *liveness, const char *detail)
{
    link_closed(of_liveness(liveness), VIA_TIMEOUT, detail);
}

enum via_status json_link_create(struct gateway *gateway, const struct principal *principal,
                                 struct link *link)
{
    struct json_link *json = calloc(1, sizeof *json);
    if (json == NULL)
        return VIA_NO_MEMORY;
    enum via_status status = outbox_create(&json->outbox);
    const struct config_limits *limits = &gateway->config.limits;
    json->liveness = (struct liveness){.keepalive_ms = (uint32_t)limits->keepalive_ms,
                                       .timeout_ms = (uint32_t)limits->timeout_ms,
                                       .ask = ask,
                                       .silent = silent};
    if (status == VIA_OK)
        status = liveness_start(&json->liveness, gateway->loop, link, 0);
    if (status == VIA_OK)
        status = json_session_init(&json->session, gateway, principal, &outlet);
    if (status != VIA_OK) {
        liveness_stop(&json->liveness);
        json->outbox = outbox_destroy(json->outbox);
        free(json);
        return status;
    }
    json->flush.run = flush;
    json->bulk.run = flush_bulk;
    json->link = link;
    link->outbox = json->outbox;
    link->events = &link_events;
    link->user = json;
    json->next = gateway->json_links;
    json->linkp = &gateway->json_links;
    if (json->next != NULL)
        json->next->linkp = &json->next;
    gateway->json_links = json;
    gateway->n_links++;
    return VIA_OK;
}

void json_link_destroy(struct json_link *json)
{
    struct gateway *gateway = gateway_of(json);
    json->closing = true;
    liveness_stop(&json->liveness);
    json_session_end(&json->session, VIA_LINK_LOST);
    loop_undefer(gateway->loop, &json->flush);
    bulk_drop(&gateway->bulk, &json->bulk);
    json->link = link_destroy(json->link);
    json->outbox = outbox_destroy(json->outbox);
    *json->linkp = json->next;
    if (json->next != NULL)
        json->next->linkp = json->linkp;
    gateway->n_links--;
    free(json);
}
