/*
 * What goes through bindings, for JSON sessions: a find, which may wait among all others until
 * there is what it wants; changing bindings, and seeing them and who waits.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/binding_text.h"
#include "codecs/json_number.h"
#include "codecs/json_write.h"
#include "gateway/gateway.h"
#include "gateway/json_session.h"

#define LIST_MOST 1000u
#define END_MAX (BINDING_HOST_MAX + BINDING_END_SIZE + 2u)

/* One that waits. */
struct json_find {
    struct json_find *next;
    struct json_batch *batch;
    struct json_span json_id;            /* in its own memory; text NULL: no answer is wanted */
    uint32_t id;                         /* as the waiters know it */
    uint32_t place;                      /* theirs */
    char words[DIRECTORY_NAME_MAX + 32]; /* what is looked for, for people */
};

/* A parameter as a string; @instead where it is not there. */
static void text_of(char *out, size_t size, struct json_span span, const char *instead)
{
    if (span.text != NULL)
        json_session_copy(out, size, span);
    else
        (void)snprintf(out, size, "%s", instead);
}

/* ---- finding ---- */

static void explain(const char *words, enum via_status status, bool unbound,
                    struct jsonrpc_fault *fault)
{
    if (status == VIA_NOT_FOUND)
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "%s: the service is not there", words);
    else if (unbound)
        jsonrpc_fault_set(fault, status, VIA_ALIVE,
                          "%s: it is not bound; \"viaduct bind CLIENT SERVER\" binds it", words);
    else
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "%s: %s", words, via_status_name(status));
}

static enum via_status write_found(struct json_session *session, const struct json_span *id,
                                   const struct directory_entry *entry)
{
    struct buffer *out = json_session_begin(session);
    uint32_t number = 0;
    enum via_status status =
        json_refs_show(&session->refs, entry->object, session->message, &number);
    if (status != VIA_OK)
        return status;
    jsonrpc_result_begin(out, id);
    json_write_text(out, "{\"status\":0,\"ref\":");
    json_write_u64(out, number);
    json_write_text(out, ",\"service\":");
    json_session_put_entry(out, entry);
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    return VIA_OK;
}

static void drop(struct json_session *session, struct json_find *find)
{
    struct json_find **link = &session->finds;
    while (*link != find)
        link = &(*link)->next;
    *link = find->next;
    session->n_finds--;
    free(find);
}

static struct json_find *create(struct json_session *session, const struct jsonrpc_request *request,
                                struct json_batch *batch)
{
    size_t size = request->id.text == NULL ? 0 : request->id.size;
    struct json_find *find = calloc(1, sizeof *find + size);
    if (find == NULL)
        return NULL;
    if (request->id.text != NULL) {
        memcpy(find + 1, request->id.text, size);
        find->json_id = (struct json_span){(const char *)(find + 1), size};
    }
    find->batch = batch;
    find->id = session->next_find++;
    find->next = session->finds;
    session->finds = find;
    session->n_finds++;
    return find;
}

static enum via_status wait_for(struct json_session *session, const struct jsonrpc_request *request,
                                struct json_batch *batch, const struct waiters_wish *wish,
                                const char *words)
{
    struct gateway *gateway = session->session.gateway;
    if (session->n_finds >= gateway->config.limits.max_json_calls)
        return VIA_BUSY;
    struct json_find *find = create(session, request, batch);
    if (find == NULL)
        return VIA_NO_MEMORY;
    (void)snprintf(find->words, sizeof find->words, "%s", words);
    enum via_status status = waiters_add(&gateway->waiters, &session->session, find->id, wish,
                                         request->timeout_ms, &find->place);
    if (status != VIA_OK)
        drop(session, find);
    return status;
}

enum via_status json_bindings_find(struct json_session *session,
                                   const struct jsonrpc_request *request, struct json_batch *batch,
                                   struct jsonrpc_fault *fault, bool *laterp)
{
    const struct gateway *gateway = session->session.gateway;
    char family[DIRECTORY_FAMILY_MAX + 2], interface[DIRECTORY_NAME_MAX + 2];
    char protocol[DIRECTORY_TEXT_MAX + 2], words[DIRECTORY_NAME_MAX + 32];
    text_of(family, sizeof family, request->family, BINDINGS_FAMILY);
    text_of(interface, sizeof interface, request->interface, "");
    text_of(protocol, sizeof protocol, request->protocol, "");
    if (!bindings_are_of(family, interface, protocol)) {
        jsonrpc_fault_standard(fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                               "params: family, interface or protocol is empty or too long");
        return VIA_INVALID;
    }
    (void)snprintf(words, sizeof words, "interface \"%s\"", interface);
    struct bindings_target target;
    struct directory_entry *entry = NULL;
    enum via_status status = bindings_find(&gateway->bindings, &gateway->directory, family,
                                           interface, &session->session.principal, &target, &entry);
    bool unbound = target.state == WAITING_UNBOUND;
    if (status == VIA_OK) {
        bounds_found(&session->session, entry, interface, protocol);
        status = write_found(session, &request->id, entry);
    } else if ((status == VIA_NOT_FOUND || unbound) && request->timeout_ms > 0) {
        const struct waiters_wish wish = {family, interface, protocol, true};
        unbound = false;
        status = wait_for(session, request, batch, &wish, words);
        *laterp = status == VIA_OK;
    }
    if (status != VIA_OK)
        explain(words, status, unbound, fault);
    return status;
}

void json_bindings_found(struct json_session *session, uint32_t call, enum via_status status,
                         const struct directory_entry *entry)
{
    struct json_find *find = session->finds;
    while (find != NULL && find->id != call)
        find = find->next;
    if (find == NULL)
        return;
    struct json_batch *batch = find->batch;
    if (find->json_id.text != NULL) {
        struct jsonrpc_fault fault;
        if (status == VIA_OK)
            status = write_found(session, &find->json_id, entry);
        if (status == VIA_OK) {
            json_session_answer(session, batch);
        } else {
            explain(find->words, status, false, &fault);
            json_session_fail(session, batch, &find->json_id, &fault);
        }
    }
    drop(session, find);
    json_session_settle(session, batch);
}

bool json_bindings_cancel(struct json_session *session, const struct json_span *id)
{
    struct json_find *find = session->finds;
    while (find != NULL && (find->json_id.text == NULL || find->json_id.size != id->size ||
                            memcmp(find->json_id.text, id->text, id->size) != 0))
        find = find->next;
    if (find == NULL)
        return false;
    waiters_cancel(&session->session.gateway->waiters, &session->session, find->id, find->place);
    return true;
}

/* What is left of them among those who wait goes with the session. */
void json_bindings_end(struct json_session *session)
{
    while (session->finds != NULL) {
        struct json_batch *batch = session->finds->batch;
        drop(session, session->finds);
        json_session_settle(session, batch);
    }
}

/* ---- changing ---- */

enum via_status json_bindings_change(struct json_session *session,
                                     const struct jsonrpc_request *request,
                                     struct jsonrpc_fault *fault)
{
    struct gateway *gateway = session->session.gateway;
    const struct principal *who = &session->session.principal;
    bool binds = request->method == JSONRPC_BIND;
    char family[DIRECTORY_FAMILY_MAX + 2], client[END_MAX], server[END_MAX];
    struct config_fault why = {""};
    text_of(family, sizeof family, request->family, BINDINGS_FAMILY);
    text_of(client, sizeof client, request->client, "");
    text_of(server, sizeof server, request->server, "");
    if (!bindings_may_change(who)) {
        char words[END_MAX + 128];
        (void)snprintf(words, sizeof words, "%s:%s: %s", family, client, BINDINGS_WHO_MAY);
        audit_refusal(&gateway->audit, who, binds ? "bind" : "unbind", words);
        jsonrpc_fault_set(fault, VIA_DENIED, VIA_ALIVE, "%s", BINDINGS_WHO_MAY);
        return VIA_DENIED;
    }
    enum via_status status =
        bindings_change(gateway, who, family, client, binds ? server : NULL, &why);
    if (status != VIA_OK)
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "%s", why.text);
    return status;
}

/* ---- lists ---- */

static void put_string(struct buffer *out, const char *before, const char *text)
{
    buffer_add(out, before, strlen(before));
    json_write_string(out, text, strlen(text));
}

static void put_uid(struct buffer *out, const char *before, uint32_t uid)
{
    buffer_add(out, before, strlen(before));
    json_write_i64(out, uid == BINDING_ANY_USER ? -1 : (int64_t)uid);
}

static void put_binding(struct buffer *out, const struct binding *binding)
{
    put_string(out, "{\"family\":", binding->family);
    put_string(out, ",\"client\":{\"user\":", binding->client_user);
    put_uid(out, ",\"uid\":", binding->client_uid);
    put_string(out, ",\"interface\":", binding->interface);
    put_string(out, "},\"server\":{\"user\":", binding->server_user);
    put_uid(out, ",\"uid\":", binding->server_uid);
    put_string(out, ",\"interface\":", binding->name);
    json_write_text(out, "},\"from_file\":");
    json_write_bool(out, binding->from_file);
    json_write_text(out, "}");
}

static uint32_t most_of(const struct jsonrpc_request *request)
{
    return request->limit == 0 || request->limit > LIST_MOST ? LIST_MOST : request->limit;
}

enum via_status json_bindings_list(struct json_session *session,
                                   const struct jsonrpc_request *request)
{
    const struct bindings *bindings = &session->session.gateway->bindings;
    char family[DIRECTORY_FAMILY_MAX + 2], cursor[BINDINGS_CURSOR_MAX];
    text_of(family, sizeof family, request->family, "");
    text_of(cursor, sizeof cursor, request->after, "");
    struct buffer *out = json_session_begin(session);
    jsonrpc_result_begin(out, &request->id);
    json_write_text(out, "{\"bindings\":[");
    uint32_t n = 0;
    size_t at = bindings_after(bindings, cursor);
    for (; at < bindings->n; at++) {
        const struct binding *binding = bindings->sorted[at];
        if (*family != '\0' && strcmp(family, binding->family) != 0)
            continue;
        if (n == most_of(request))
            break;
        if (n++ > 0)
            json_write_text(out, ",");
        put_binding(out, binding);
    }
    json_write_text(out, "]");
    if (at < bindings->n && at > 0) {
        bindings_cursor(bindings->sorted[at - 1], cursor);
        put_string(out, ",\"next\":", cursor);
    }
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    return VIA_OK;
}

static void put_waiter(struct buffer *out, const struct waiters_line *line)
{
    static const char *const states[] = {
        [WAITING_PLAIN] = "plain",
        [WAITING_UNBOUND] = "unbound",
        [WAITING_BOUND] = "waiting",
        [WAITING_NO_MORE] = "bound",
    };
    put_string(out, "{\"family\":", line->family);
    put_uid(out, ",\"uid\":", line->uid);
    put_string(out, ",\"interface\":", line->interface);
    put_string(out, ",\"protocol\":", line->protocol);
    json_write_text(out, ",\"pid\":");
    json_write_i64(out, line->pid);
    put_string(out, ",\"state\":", states[line->target.state]);
    if (line->target.name != NULL) {
        put_uid(out, ",\"server\":{\"uid\":", line->target.uid);
        put_string(out, ",\"interface\":", line->target.name);
        json_write_text(out, "}");
    }
    json_write_text(out, "}");
}

enum via_status json_bindings_waiting(struct json_session *session,
                                      const struct jsonrpc_request *request,
                                      struct jsonrpc_fault *fault)
{
    char family[DIRECTORY_FAMILY_MAX + 2];
    uint64_t after = 0;
    uint32_t n = 0;
    if (request->after.text != NULL &&
        !json_number_u64(request->after.text, request->after.size, &after)) {
        jsonrpc_fault_standard(fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                               "params: \"after\" is to be what came as \"next\"");
        return VIA_INVALID;
    }
    text_of(family, sizeof family, request->family, "");
    struct buffer *out = json_session_begin(session);
    jsonrpc_result_begin(out, &request->id);
    json_write_text(out, "{\"waiting\":[");
    struct waiters_walk walk;
    struct waiters_line line;
    bool more = false;
    waiters_walk_begin(&walk, session->session.gateway, family, after);
    while (waiters_walk_next(&walk, &line)) {
        more = n == most_of(request);
        if (more)
            break;
        if (n++ > 0)
            json_write_text(out, ",");
        put_waiter(out, &line);
        after = walk.place;
    }
    json_write_text(out, "]");
    if (more) {
        json_write_text(out, ",\"next\":\"");
        json_write_u64(out, after);
        json_write_text(out, "\"");
    }
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    return VIA_OK;
}
