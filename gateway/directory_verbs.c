/*
 * One row a verb. The request is read, and the reply written, as a parcel of raw values, the same
 * code that the library uses at the other end; its references are gateway objects, which begin with
 * what parcels count.
 */
#include "gateway/directory_verbs.h"

#include <stdio.h>
#include <string.h>

#include "bridge/log.h"
#include "codecs/parcel.h"
#include "gateway/crossing.h"
#include "gateway/events.h"
#include "gateway/pattern.h"
#include "gateway/resumption.h"
#include "gateway/spawn.h"
#include "gateway/verb_call.h"

/* ---- parcels whose references are gateway objects ---- */

static enum via_status get_object(void *user, const struct frame_ref *ref, struct object **objectp)
{
    struct gateway_object *object;
    enum via_status status = binary_resolve(user, ref, &object);
    if (status == VIA_OK)
        *objectp = object == NULL ? NULL : &object->base;
    return status;
}

static enum via_status put_object(void *user, struct object *object, struct frame_ref *refp)
{
    return crossing_put(user, objects_of(object), refp);
}

static void take_back_object(void *user, const struct frame_ref *ref)
{
    crossing_take_back(user, ref);
}

static struct gateway_object *object_of(struct via_proxy *proxy)
{
    return objects_of((struct object *)proxy);
}

/* Reads a reference; *objectp is a new count, or NULL for none. */
static enum via_status read_any_object(struct verb_call *call, struct gateway_object **objectp)
{
    struct via_proxy *proxy = NULL;
    enum via_status status = via_parcel_read_ref(call->request, &proxy);
    if (status == VIA_OK && proxy != NULL)
        *objectp = object_of(proxy);
    return status;
}

enum via_status verb_call_object(struct verb_call *call, struct gateway_object **objectp)
{
    enum via_status status = read_any_object(call, objectp);
    return status == VIA_OK && *objectp == NULL ? VIA_INVALID : status;
}

enum via_status verb_call_text(struct verb_call *call, const char **textp)
{
    enum via_status status = via_parcel_read_str(call->request, textp);
    return status == VIA_OK && *textp == NULL ? VIA_INVALID : status;
}

enum via_status verb_call_texts(struct verb_call *call, const char **texts[], size_t n)
{
    enum via_status status = VIA_OK;
    for (size_t i = 0; i < n && status == VIA_OK; i++)
        status = verb_call_text(call, texts[i]);
    return status;
}

/* ---- answers ---- */

void directory_verbs_answer(struct session *session, uint32_t id, int32_t result,
                            struct via_parcel *parcel)
{
    struct binary *binary = (struct binary *)session;
    if (binary->ended)
        return;
    const struct parcel_crossing crossing = {
        .user = binary, .put = put_object, .take_back = take_back_object};
    struct frame frame = {.kind = FRAME_REPLY};
    enum via_status status = parcel_to_frame(parcel, &frame, session->gateway->scratch.refs,
                                             session->gateway->scratch.fds, &crossing);
    if (status != VIA_OK) {
        binary_answer(binary, id, status, 0);
        binary_flush_later(binary);
        return;
    }
    frame.layout = VIA_LAYOUT_CONTROL;
    frame.time = (uint32_t)result;
    frame.n_fds = 0;
    if (peer_reply(binary->peer, id, &frame, NULL) != VIA_OK)
        crossing_take_back_all(binary, &frame);
    for (size_t i = 0; i < frame.n_refs; i++) {
        struct gateway_object *object =
            object_of(via_parcel_ref_at(parcel, via_parcel_ref_offset(parcel, i), NULL));
        if (object->death != VIA_ALIVE)
            peer_death(binary->peer, object, object->death);
    }
    binary_flush_later(binary);
}

enum via_status directory_verbs_put_entry(struct via_parcel *parcel,
                                          const struct directory_entry *entry)
{
    const struct directory_spec *spec = &entry->spec;
    const char *const texts[] = {spec->class_name, spec->protocol};
    uint32_t number = directory_number(entry);
    bool is_numbered = number != 0 || entry->object == NULL;
    enum via_status status = via_parcel_write_str(parcel, spec->family);
    if (status == VIA_OK)
        status = via_parcel_write_str(parcel, spec->name);
    if (status == VIA_OK)
        status =
            via_parcel_write_u32(parcel, spec->flags | (is_numbered ? DIRECTORY_NUMBERED : 0u));
    if (status == VIA_OK)
        status = via_parcel_write_u32(parcel, spec->mode);
    for (size_t i = 0; i < 2 && status == VIA_OK; i++)
        status = via_parcel_write_str(parcel, texts[i]);
    if (status == VIA_OK)
        status = via_parcel_write_u32(parcel, spec->message_size);
    if (status == VIA_OK)
        status = via_parcel_write_str(parcel, spec->info);
    if (status == VIA_OK)
        status = via_parcel_write_i32(parcel, entry->pid);
    if (status == VIA_OK)
        status = via_parcel_write_u32(parcel, entry->uid);
    if (status == VIA_OK)
        status = via_parcel_write_u32(parcel, entry->gid);
    if (status == VIA_OK && is_numbered)
        status = via_parcel_write_u32(parcel, number);
    return status;
}

/* ---- names ---- */

void verb_call_audit(struct verb_call *call, const char *what, const char *family, const char *name,
                     const char *why)
{
    char words[512];
    (void)snprintf(words, sizeof words, "%s:%s: %s", family, name, why);
    audit_refusal(&call->gateway->audit, &call->session->principal, what, words);
}

bool verb_call_is_former_self(const struct verb_call *call, const struct session *holder)
{
    const struct principal *self = &call->session->principal;
    return holder != NULL && holder->ops == &binary_ops &&
           resumption_is_waiting((const struct binary *)holder) && self->remote &&
           strcmp(holder->principal.identity, self->identity) == 0;
}

static bool is_held_by_former_self(const struct verb_call *call, const struct directory_spec *spec)
{
    const struct directory_entry *entry =
        directory_clash(&call->gateway->directory, spec, &call->session->principal);
    return entry != NULL && verb_call_is_former_self(call, directory_owner(call->gateway, entry));
}

static enum via_status publish_object(struct verb_call *call, const struct directory_spec *spec,
                                      struct gateway_object *object)
{
    if (object->owner == session_key(call->session))
        return directory_publish(&call->gateway->directory, spec, object,
                                 &call->session->principal);
    verb_call_audit(call, "publish", spec->family, spec->name, "the object is another process's");
    return VIA_DENIED;
}

/* On this host anyone may: whoever finds the name gets what its publisher may call, or nothing. */
static enum via_status publish_number(struct verb_call *call, struct directory_spec *spec)
{
    uint32_t number = 0;
    enum via_status status = via_parcel_read_u32(call->request, &number);
    if (status != VIA_OK)
        return status;
    const struct gateway_object *object = numbers_holder(&call->gateway->numbers, number);
    if (call->session->principal.remote &&
        (object == NULL || !numbers_may_call(call->session, object))) {
        verb_call_audit(call, "publish", spec->family, spec->name,
                        "the number is no object's that it may call");
        return VIA_DENIED;
    }
    spec->flags &= ~(uint32_t)DIRECTORY_NUMBERED;
    return directory_publish_number(&call->gateway->directory, spec, number, call->session);
}

static enum via_status publish(struct verb_call *call)
{
    struct directory_spec spec = {0};
    const char **names[] = {&spec.family, &spec.name};
    const char **texts[] = {&spec.class_name, &spec.protocol};
    enum via_status status = verb_call_texts(call, names, 2);
    if (status != VIA_OK)
        return status;
    struct gateway_object *object = NULL;
    status = read_any_object(call, &object);
    if (status != VIA_OK)
        return status;
    status = via_parcel_read_u32(call->request, &spec.flags);
    if (status == VIA_OK)
        status = via_parcel_read_u32(call->request, &spec.mode);
    if (status == VIA_OK)
        status = verb_call_texts(call, texts, 2);
    if (status == VIA_OK)
        status = via_parcel_read_u32(call->request, &spec.message_size);
    if (status == VIA_OK)
        status = verb_call_text(call, &spec.info);
    if (status == VIA_OK && object != NULL)
        status = publish_object(call, &spec, object);
    else if (status == VIA_OK)
        status = (spec.flags & DIRECTORY_NUMBERED) != 0 ? publish_number(call, &spec) : VIA_INVALID;
    if (status == VIA_EXISTS && is_held_by_former_self(call, &spec))
        status = VIA_BUSY;
    if (status == VIA_OK)
        log_info("name.published", "family=%s name=\"%s\" by=\"%s\"", spec.family, spec.name,
                 call->session->principal.address);
    objects_unref(object);
    return status;
}

static enum via_status withdraw(struct verb_call *call)
{
    const char *family = "", *name = "";
    const char **names[] = {&family, &name};
    struct gateway_object *object = NULL;
    enum via_status status = verb_call_texts(call, names, 2);
    if (status == VIA_OK)
        status = read_any_object(call, &object);
    if (status != VIA_OK)
        return status;
    if (object == NULL)
        return directory_withdraw_number(&call->gateway->directory, family, name, call->session);
    status = object->owner == session_key(call->session)
                 ? directory_withdraw(&call->gateway->directory, family, name, object)
                 : VIA_NOT_FOUND;
    objects_unref(object);
    return status;
}

enum via_status verb_call_put_object(struct via_parcel *reply, struct gateway_object *object)
{
    return via_parcel_write_ref(reply, object != NULL ? (struct via_proxy *)&object->base : NULL);
}

enum via_status verb_call_put_found(const struct gateway *gateway, struct via_parcel *reply,
                                    const struct directory_entry *entry)
{
    enum via_status status = verb_call_put_object(reply, directory_target(gateway, entry));
    return status == VIA_OK ? directory_verbs_put_entry(reply, entry) : status;
}

enum via_status verb_call_wait(struct verb_call *call, const struct waiters_wish *wish)
{
    uint32_t place;
    enum via_status status = waiters_add(&call->gateway->waiters, call->session, call->id, wish,
                                         call->deadline_ms, &place);
    if (status != VIA_OK)
        return status;
    peer_set_context(call->binary->peer, call->id, session_context(0, place));
    call->later = true;
    return VIA_OK;
}

static enum via_status find(struct verb_call *call)
{
    const char *family = "", *name = "";
    const char **names[] = {&family, &name};
    bool wait = false;
    struct directory_entry *entry;
    enum via_status status = verb_call_texts(call, names, 2);
    if (status == VIA_OK)
        status = via_parcel_read_bool(call->request, &wait);
    if (status != VIA_OK)
        return status;
    status = directory_find_at(&call->gateway->directory, call->gateway->config.name, family, name,
                               &call->session->principal, &entry);
    if (status == VIA_OK && directory_target(call->gateway, entry) != NULL)
        return verb_call_put_found(call->gateway, call->reply, entry);
    if (status == VIA_OK)
        status = VIA_NOT_FOUND; /* but for its number */
    if (status == VIA_DENIED)
        verb_call_audit(call, "find", family, name, "its mode does not let this user call it");
    if (status != VIA_NOT_FOUND || !wait || call->deadline_ms == 0)
        return status;
    const struct waiters_wish wish = {family, name, "", false};
    return verb_call_wait(call, &wish);
}

void directory_verbs_cancel(struct binary *binary, uint32_t id, uint32_t wait)
{
    if (wait == WALK_VERB_WAIT)
        walk_verb_cancel(&binary->session, id);
    else
        waiters_cancel(&binary->session.gateway->waiters, &binary->session, id, wait);
}

void directory_verbs_found(struct session *session, uint32_t call, enum via_status status,
                           const struct directory_entry *entry)
{
    struct binary *binary = (struct binary *)session;
    struct via_parcel *reply = NULL;
    if (status == VIA_OK)
        status = via_parcel_create(&reply);
    if (status == VIA_OK)
        status = verb_call_put_found(session->gateway, reply, entry);
    if (status == VIA_OK)
        directory_verbs_answer(session, call, 0, reply);
    else if (!binary->ended)
        binary_answer(binary, call, status, 0);
    via_parcel_unref(reply);
    binary_flush_later(binary);
}

uint32_t verb_call_page(uint32_t most)
{
    return most == 0 || most > VERB_LIST_MOST ? VERB_LIST_MOST : most;
}

/* Adds the page's entries from @place on to @page; *placep is the first that is left. */
static enum via_status put_page(struct verb_call *call, struct via_parcel *page, const char *family,
                                const char *pattern, uint32_t most, uint32_t *np, size_t *placep)
{
    const struct directory *directory = &call->gateway->directory;
    for (; *placep < directory->n; ++*placep) {
        const struct directory_entry *entry = directory->sorted[*placep];
        if ((*family != '\0' && strcmp(family, entry->spec.family) != 0) ||
            !directory_shows(entry, &call->session->principal) ||
            !pattern_matches(pattern, entry->spec.name))
            continue;
        if (*np == most || via_parcel_size(page) >= VERB_LIST_SIZE_MAX)
            return VIA_OK;
        enum via_status status = directory_verbs_put_entry(page, entry);
        if (status != VIA_OK)
            return status;
        ++*np;
    }
    return VIA_OK;
}

enum via_status verb_call_put_page(struct verb_call *call, uint32_t n, struct via_parcel *page,
                                   bool more, const char *next)
{
    enum via_status status = via_parcel_write_u32(call->reply, n);
    if (status == VIA_OK)
        status = via_parcel_append_parcel(call->reply, page);
    if (status == VIA_OK)
        status = via_parcel_write_bool(call->reply, more);
    return status == VIA_OK ? via_parcel_write_str(call->reply, next) : status;
}

static enum via_status list(struct verb_call *call)
{
    const char *family = "", *pattern = "", *after = "";
    const char **texts[] = {&family, &pattern, &after};
    uint32_t most = 0, n = 0;
    enum via_status status = verb_call_texts(call, texts, 3);
    if (status == VIA_OK)
        status = via_parcel_read_u32(call->request, &most);
    if (status != VIA_OK)
        return status;
    most = verb_call_page(most);

    const struct directory *directory = &call->gateway->directory;
    size_t place = directory_after(directory, after);
    struct via_parcel *page = NULL;
    status = via_parcel_create(&page);
    if (status == VIA_OK)
        status = put_page(call, page, family, pattern, most, &n, &place);
    bool more = place < directory->n;
    char next[DIRECTORY_CURSOR_MAX] = "";
    if (more && place > 0)
        directory_cursor(directory->sorted[place - 1], next);
    if (status == VIA_OK)
        status = verb_call_put_page(call, n, page, more, next);
    via_parcel_unref(page);
    return status;
}

/* ---- events and watches ---- */

static enum via_status subscribe(struct verb_call *call)
{
    struct gateway_object *target = NULL, *sink = NULL;
    uint8_t from = 0;
    struct event_filter filter = {.policy = EVENT_POLICY_ANY};
    struct events_wish wish = {.filter = &filter};
    enum via_status status = verb_call_object(call, &target);
    if (status == VIA_OK)
        status = verb_call_object(call, &sink);
    if (status == VIA_OK)
        status = via_parcel_read_u8(call->request, &from);
    if (status == VIA_OK)
        status = via_parcel_read_u64(call->request, &wish.epoch);
    if (status == VIA_OK)
        status = via_parcel_read_u64(call->request, &wish.number);
    if (status == VIA_OK)
        status = event_filter_read(&filter, call->request);
    if (status == VIA_OK && (from > EVENTS_SINCE || sink->owner != session_key(call->session)))
        status = VIA_INVALID;
    wish.from = (enum events_from)from;
    if (filter.policy == EVENT_POLICY_ANY)
        filter.policy = EVENT_POLICY_OLDEST;
    struct events_start start = {0};
    if (status == VIA_OK)
        status = events_subscribe(call->session, target, sink, &wish, &start, &call->subscription);
    if (status == VIA_OK)
        status = via_parcel_write_u32(call->reply, call->subscription->id);
    if (status == VIA_OK)
        status = via_parcel_write_u64(call->reply, start.epoch);
    if (status == VIA_OK)
        status = via_parcel_write_u64(call->reply, start.number);
    if (status == VIA_OK)
        status = via_parcel_write_bool(call->reply, start.recovered);
    objects_unref(target);
    objects_unref(sink);
    return status;
}

static enum via_status unsubscribe(struct verb_call *call)
{
    uint32_t id = 0;
    enum via_status status = via_parcel_read_u32(call->request, &id);
    if (status != VIA_OK)
        return status;
    struct subscription *subscription = events_find(call->session, id);
    if (subscription == NULL)
        return VIA_NOT_FOUND;
    events_unsubscribe(subscription);
    return VIA_OK;
}

static enum via_status watch_names(struct verb_call *call)
{
    const char *family = "", *pattern = "", *class_name = "";
    const char **texts[] = {&family, &pattern, &class_name};
    struct gateway_object *sink = NULL;
    enum via_status status = verb_call_texts(call, texts, 3);
    if (status == VIA_OK)
        status = verb_call_object(call, &sink);
    if (status == VIA_OK && sink->owner != session_key(call->session))
        status = VIA_INVALID;
    if (status == VIA_OK)
        status = name_watches_add(&call->gateway->name_watches, call->session, sink, family,
                                  pattern, class_name, &call->watch);
    if (status == VIA_OK)
        status = via_parcel_write_u32(call->reply, call->watch->id);
    objects_unref(sink);
    return status;
}

static enum via_status unwatch_names(struct verb_call *call)
{
    uint32_t id = 0;
    enum via_status status = via_parcel_read_u32(call->request, &id);
    return status == VIA_OK ? name_watches_remove(&call->gateway->name_watches, call->session, id)
                            : status;
}

/* ---- the rest ---- */

static enum via_status spawn(struct verb_call *call)
{
    const char *library = "";
    enum via_status status = verb_call_text(call, &library);
    if (status == VIA_OK)
        status = spawn_start(call->session, call->id, library);
    if (status == VIA_OK)
        call->later = true;
    return status;
}

static enum via_status ping(struct verb_call *call)
{
    return via_parcel_append_parcel(call->reply, call->request);
}

static const struct verb {
    uint32_t code;
    const char *name;
    enum via_status (*run)(struct verb_call *call);
} verbs[] = {
    {DIRECTORY_PUBLISH, "publish", publish},
    {DIRECTORY_WITHDRAW, "withdraw", withdraw},
    {DIRECTORY_FIND, "find", find},
    {DIRECTORY_LIST, "list", list},
    {DIRECTORY_SUBSCRIBE, "subscribe", subscribe},
    {DIRECTORY_UNSUBSCRIBE, "unsubscribe", unsubscribe},
    {DIRECTORY_WATCH_NAMES, "watch_names", watch_names},
    {DIRECTORY_UNWATCH_NAMES, "unwatch_names", unwatch_names},
    {DIRECTORY_SPAWN, "spawn", spawn},
    {DIRECTORY_PING, "ping", ping},
    {DIRECTORY_FIND_BOUND, "find_bound", binding_verbs_find},
    {DIRECTORY_BIND, "bind", binding_verbs_bind},
    {DIRECTORY_UNBIND, "unbind", binding_verbs_unbind},
    {DIRECTORY_BINDINGS, "bindings", binding_verbs_bindings},
    {DIRECTORY_WAITING, "waiting", binding_verbs_waiting},
    {DIRECTORY_UNANSWERED, "unanswered", unanswered_verbs_list},
    {DIRECTORY_NUMBERS, "numbers", number_verbs_give},
    {DIRECTORY_CLAIM, "claim", number_verbs_claim},
    {DIRECTORY_FIND_NUMBER, "find_number", number_verbs_find},
    {DIRECTORY_NUMBER_OF, "number_of", number_verbs_number_of},
    {DIRECTORY_FIND_PREFIX, "find_prefix", number_verbs_find_prefix},
    {DIRECTORY_WALK, "walk", walk_verb_start},
};

static const struct verb *verb_of(const struct frame *frame)
{
    if (frame->layout != VIA_LAYOUT_CONTROL)
        return NULL;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (verbs[i].code == frame->code)
            return &verbs[i];
    return NULL;
}

/* What has begun with a call whose answer could not be made ends again. */
static void undo(struct verb_call *call)
{
    if (call->subscription != NULL)
        events_unsubscribe(call->subscription);
    if (call->watch != NULL)
        name_watches_drop(&call->gateway->name_watches, call->watch);
}

static enum via_status run(struct verb_call *call, const struct verb *verb,
                           const struct frame *frame)
{
    struct frame request = *frame;
    request.layout = VIA_LAYOUT_RAW;
    request.n_fds = 0;
    const struct parcel_crossing crossing = {.user = call->binary, .get = get_object};
    enum via_status status = parcel_from_frame(&call->request, &request, NULL, &crossing);
    if (status == VIA_OK)
        status = via_parcel_create(&call->reply);
    if (status == VIA_OK)
        status = verb->run(call);
    if (status != VIA_OK)
        undo(call);
    return status;
}

void directory_verbs_call(struct binary *binary, const struct frame *frame, const int *fds)
{
    const struct message message = {.frame = frame, .fds = fds};
    message_close_fds(&message);
    bool oneway = (frame->flags & FRAME_ONEWAY) != 0;
    struct verb_call call = {.binary = binary,
                             .session = &binary->session,
                             .gateway = binary->session.gateway,
                             .id = frame->id,
                             .deadline_ms = frame->time};
    const struct verb *verb = verb_of(frame);
    /* Nearly every verb answers: a oneway to the directory can only be a mistake. */
    bool is_mistaken = verb == NULL || (oneway && verb->code != DIRECTORY_CLAIM);
    enum via_status status = is_mistaken ? VIA_UNSUPPORTED : run(&call, verb, frame);
    if (oneway) {
        if (status != VIA_OK)
            peer_refuse(binary->peer, frame->id, frame->object, status);
    } else if (status != VIA_OK) {
        binary_answer(binary, frame->id, status, 0);
    } else if (!call.later) {
        directory_verbs_answer(&binary->session, frame->id, 0, call.reply);
        if (call.subscription != NULL)
            events_begin(call.subscription);
        if (call.watch != NULL)
            name_watches_begin(call.watch);
    }
    via_parcel_unref(call.request);
    via_parcel_unref(call.reply);
}
