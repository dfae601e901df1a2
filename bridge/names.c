/*
 * The gateway keeps the directory; here is only what this node has published, so that it can be
 * published again when the gateway comes back. A name that is taken then, by somebody else or by
 * our own old session that the gateway has not given up yet, is tried again from time to time.
 *
 * A name for a number is lost with that: one whose number was ours and ended may not be had again
 * on another host, and one whose number became somebody else's must not stand for that.
 */
#include "bridge/names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/directory_call.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/pending.h"
#include "bridge/stub.h"
#include "bridge/subscription.h"
#include "codecs/control.h"

struct publication {
    struct publication *next;
    unsigned refs;         /* the list's, and one of each attempt to publish it again */
    uint64_t session;      /* in which it was published last */
    bool asking;           /* it is being published again */
    bool is_late;          /* it has never been published, and what waits for that is to be told */
    enum via_status told;  /* why it could not be again, as the log has it */
    uint64_t denied_ms;    /* since when it is denied; 0: it is not */
    bool withdrawn;        /* no longer in the list */
    bool is_over;          /* the number was one of ours, whose object has ended */
    struct via_node *node; /* borrowed */
    struct via_stub *stub; /* a count; NULL: the name stands for the number */
    uint32_t number;
    char *family, *name; /* owned, and so are these */
    char *class_name, *protocol, *info;
    uint32_t flags, mode, message_size;
};

/* ---- publications ---- */

static void drop(struct publication *publication)
{
    if (--publication->refs > 0)
        return;
    (void)via_stub_unref(publication->stub);
    free(publication->family);
    free(publication->name);
    free(publication->class_name);
    free(publication->protocol);
    free(publication->info);
    free(publication);
}

/* Of @stub, or of @number where that is NULL. */
static enum via_status make_publication(struct via_node *node, const char *family, const char *name,
                                        struct via_stub *stub, uint32_t number,
                                        const struct via_publish_options *options,
                                        struct publication **publicationp)
{
    struct publication *publication = calloc(1, sizeof *publication);
    if (publication == NULL)
        return VIA_NO_MEMORY;
    publication->refs = 1;
    publication->node = node;
    publication->stub = stub != NULL ? via_stub_ref(stub) : NULL;
    publication->number = number;
    publication->family = strdup(family);
    publication->name = strdup(name);
    publication->class_name = strdup(directory_text(options->class_name));
    publication->protocol = strdup(directory_text(options->protocol));
    publication->info = strdup(directory_text(options->info));
    publication->flags = options->flags & ~(uint32_t)(VIA_PUBLISH_LATER | VIA_PUBLISH_NEW);
    if (stub == NULL)
        publication->flags |= DIRECTORY_NUMBERED;
    publication->mode = options->mode;
    publication->message_size = options->message_size;
    if (publication->family == NULL || publication->name == NULL ||
        publication->class_name == NULL || publication->protocol == NULL ||
        publication->info == NULL) {
        drop(publication);
        return VIA_NO_MEMORY;
    }
    *publicationp = publication;
    return VIA_OK;
}

static enum via_status put_name(struct via_parcel *request, const char *family, const char *name,
                                struct via_stub *stub)
{
    enum via_status status = via_parcel_write_str(request, family);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, name);
    if (status == VIA_OK)
        status = via_parcel_write_ref(request, stub != NULL ? &stub->proxy : NULL);
    return status;
}

/* @flags: more than it has for good. */
static enum via_status put_publication(const struct publication *publication, uint32_t flags,
                                       struct via_parcel **requestp)
{
    struct via_parcel *request;
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    status = put_name(request, publication->family, publication->name, publication->stub);
    if (status == VIA_OK)
        status = via_parcel_write_u32(request, publication->flags | flags);
    if (status == VIA_OK)
        status = via_parcel_write_u32(request, publication->mode);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, publication->class_name);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, publication->protocol);
    if (status == VIA_OK)
        status = via_parcel_write_u32(request, publication->message_size);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, publication->info);
    if (status == VIA_OK && publication->stub == NULL)
        status = via_parcel_write_u32(request, publication->number);
    if (status != VIA_OK)
        request = via_parcel_unref(request);
    *requestp = request;
    return status;
}

static bool is_name(const char *family, const char *name)
{
    return family != NULL && family[0] != '\0' && name != NULL && name[0] != '\0' &&
           strlen(name) <= 255;
}

static bool is_withdrawn(const struct via_stub *stub)
{
    return stub != NULL && stub->withdrawn;
}

/* What leads to it in the list, or to the list's end. NULL for the first of any name of @stub, or
 * of any number. */
static struct publication **place_of(struct via_node *node, const char *family, const char *name,
                                     const struct via_stub *stub)
{
    struct publication **at = &node->names.first;
    while (*at != NULL &&
           ((*at)->stub != stub || (family != NULL && strcmp((*at)->family, family) != 0) ||
            (name != NULL && strcmp((*at)->name, name) != 0)))
        at = &(*at)->next;
    return at;
}

/* Takes it out of the list. */
static struct publication *take_out(struct via_node *node, const char *family, const char *name,
                                    const struct via_stub *stub)
{
    struct publication **at = place_of(node, family, name, stub);
    struct publication *found = *at;
    if (found == NULL)
        return NULL;
    *at = found->next;
    if (found->next == NULL)
        node->names.last = at;
    found->withdrawn = true;
    return found;
}

/* Whether asking again may come to something else. */
static bool may_change(enum via_status status)
{
    return status == VIA_BUSY || status == VIA_TIMEOUT || status == VIA_NOT_CONNECTED;
}

/* Publishes it now, or sees to it that it is later. Lock held, and let go meanwhile. */
static enum via_status publish_or_later(struct via_node *node, struct publication *publication,
                                        struct via_parcel *request)
{
    const struct target target = {
        .layout = VIA_LAYOUT_CONTROL, .code = DIRECTORY_PUBLISH, .time_ms = NAMES_PATIENCE_MS};
    enum via_status status = VIA_NOT_CONNECTED;
    if (connection_is_ready(node) && !connection_is_resuming(node))
        status = pending_call(node, NULL, &target, request, NULL, NULL);
    if (status == VIA_DEAD && !is_withdrawn(publication->stub)) /* the session has gone meanwhile */
        status = VIA_NOT_CONNECTED;
    if (!may_change(status) || node->closed)
        return status;
    log_warn("names.later", "name=\"%s\" why=%s", publication->name, via_status_name(status));
    publication->is_late = true;
    publication->told = status;
    node->names.retry_ms = NAMES_RETRY_FIRST_MS;
    return VIA_OK;
}

/* @flags: enum via_publish_flag. */
static enum via_status publish(struct via_node *node, struct publication *publication,
                               uint32_t flags, struct via_parcel *request)
{
    const struct via_stub *stub = publication->stub;
    bool later = (flags & VIA_PUBLISH_LATER) != 0;
    enum via_status status = VIA_OK;
    if (is_withdrawn(stub))
        return VIA_DEAD;
    /* The gateway may have lost it; and if two threads are at it here, it knows who was first. */
    if ((flags & VIA_PUBLISH_NEW) != 0 &&
        *place_of(node, publication->family, publication->name, stub) != NULL)
        return VIA_EXISTS;
    if (!later)
        status = directory_ask(node, DIRECTORY_PUBLISH, request, FRAME_NO_DEADLINE, NULL, NULL);
    else if (!node->connection.welcomed)
        status = connection_need(node, loop_now() + node->connect_ms);
    if (status == VIA_TIMEOUT)
        return VIA_NOT_CONNECTED; /* nobody has been asked, so nobody was late */
    if (later && status == VIA_OK)
        status = publish_or_later(node, publication, request);
    return status == VIA_OK && is_withdrawn(stub) ? VIA_DEAD : status;
}

/* Puts it in the list. */
static void keep(struct via_node *node, struct publication *publication)
{
    publication->session = publication->is_late ? 0 : node->connection.session;
    *node->names.last = publication;
    node->names.last = &publication->next;
    if (!publication->is_late)
        return;
    names_retry_later(node);
    connection_come_back(node);
}

static enum via_status publish_either(struct via_node *node, const char *family, const char *name,
                                      struct via_stub *stub, uint32_t number,
                                      const struct via_publish_options *options)
{
    static const struct via_publish_options defaults = {.size = sizeof defaults};
    if (options == NULL)
        options = &defaults;
    if (options->size != sizeof *options)
        return VIA_INVALID;
    struct publication *publication;
    struct via_parcel *request = NULL;
    enum via_status status =
        make_publication(node, family, name, stub, number, options, &publication);
    if (status != VIA_OK)
        return status;
    status = put_publication(publication, options->flags & VIA_PUBLISH_NEW, &request);
    if (status == VIA_OK) {
        node_lock(node);
        status = publish(node, publication, options->flags, request);
        if (status == VIA_OK) {
            /* What was said of the name before is said no more. */
            struct publication *before = take_out(node, family, name, stub);
            if (before != NULL)
                drop(before);
            keep(node, publication);
        }
        node_unlock(node);
    }
    (void)via_parcel_unref(request);
    if (status != VIA_OK)
        drop(publication);
    return status;
}

enum via_status via_node_publish(struct via_node *node, const char *family, const char *name,
                                 struct via_stub *stub, const struct via_publish_options *options)
{
    if (node == NULL || !is_name(family, name) || stub == NULL || stub->proxy.node != node)
        return VIA_INVALID;
    return publish_either(node, family, name, stub, 0, options);
}

enum via_status via_node_publish_number(struct via_node *node, const char *family, const char *name,
                                        uint32_t number, const struct via_publish_options *options)
{
    if (node == NULL || !is_name(family, name))
        return VIA_INVALID;
    return publish_either(node, family, name, NULL, number, options);
}

static enum via_status withdraw(struct via_node *node, const char *family, const char *name,
                                struct via_stub *stub)
{
    struct via_parcel *request;
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    status = put_name(request, family, name, stub);
    if (status == VIA_OK) {
        node_lock(node);
        struct publication *publication = take_out(node, family, name, stub);
        if (publication == NULL)
            status = VIA_NOT_FOUND;
        else if (connection_is_ready(node))
            status =
                directory_ask(node, DIRECTORY_WITHDRAW, request, FRAME_NO_DEADLINE, NULL, NULL);
        if (publication != NULL)
            drop(publication);
        node_unlock(node);
    }
    (void)via_parcel_unref(request);
    return status;
}

enum via_status via_node_withdraw(struct via_node *node, const char *family, const char *name,
                                  struct via_stub *stub)
{
    if (node == NULL || !is_name(family, name) || stub == NULL)
        return VIA_INVALID;
    return withdraw(node, family, name, stub);
}

enum via_status via_node_withdraw_number(struct via_node *node, const char *family,
                                         const char *name)
{
    return node == NULL || !is_name(family, name) ? VIA_INVALID
                                                  : withdraw(node, family, name, NULL);
}

bool names_any(const struct via_node *node)
{
    return node->names.first != NULL || node->claims.first != NULL ||
           node->findings.first != NULL || subscription_any(node);
}

/* Not later than it has been put off to. */
static void retry_at(struct via_node *node, uint64_t at_ms)
{
    struct loop_timer *timer = &node->names.retry;
    if (node->loop == NULL || node->closed || (timer->place != 0 && timer->at_ms <= at_ms))
        return;
    if (loop_arm(node->loop, timer, at_ms) != VIA_OK)
        log_warn("names.retry", "status=%s", via_status_name(VIA_NO_MEMORY));
}

void names_retry_later(struct via_node *node)
{
    struct names *names = &node->names;
    uint64_t at_ms = loop_now() + names->retry_ms;
    if (names->retry.place != 0 && names->retry.at_ms <= at_ms)
        return;
    retry_at(node, at_ms);
    names->retry_ms = names->retry_ms < NAMES_RETRY_MS / 2 ? names->retry_ms * 2 : NAMES_RETRY_MS;
}

void names_retry_soon(struct via_node *node)
{
    retry_at(node, loop_now());
}

/* Whether what was denied is not asked for again. The number may be that of somebody who is not
 * back yet. */
static bool is_lost(struct publication *publication)
{
    if (publication->denied_ms == 0)
        publication->denied_ms = loop_now();
    return publication->is_over || loop_now() - publication->denied_ms >= NAMES_DENIED_MS;
}

static void lose(struct via_node *node, struct publication *publication)
{
    log_warn("names.lost", "name=\"%s\" number=%u", publication->name,
             (unsigned)publication->number);
    (void)take_out(node, publication->family, publication->name, publication->stub);
    drop(publication);
}

static void republished(void *user, enum via_status status, struct via_parcel *reply)
{
    struct publication *publication = user;
    struct via_node *node = publication->node;
    (void)reply;
    publication->asking = false;
    if (status == VIA_OK) {
        publication->session = node->connection.session;
        if (publication->is_late)
            log_info("names.published", "name=\"%s\"", publication->name);
        publication->is_late = false;
        publication->told = VIA_OK;
        publication->denied_ms = 0;
        node->names.retry_ms = NAMES_RETRY_FIRST_MS;
    } else if (!publication->withdrawn && status == VIA_DENIED && is_lost(publication)) {
        assert(publication->refs > 1); /* the list's as well */
        lose(node, publication);
    } else if (!publication->withdrawn && status != VIA_DEAD) {
        if (publication->told != status)
            log_warn("names.publish", "name=\"%s\" again=%s", publication->name,
                     via_status_name(status));
        publication->told = status;
        names_retry_later(node);
    }
    drop(publication);
}

static void republish(struct publication *publication)
{
    struct via_node *node = publication->node;
    struct via_parcel *request = NULL;
    enum via_status status = put_publication(publication, 0, &request);
    publication->refs++;
    publication->asking = true;
    if (status == VIA_OK)
        status = pending_errand(node, DIRECTORY_PUBLISH, request, republished, publication);
    if (status != VIA_OK) {
        names_retry_later(node);
        publication->asking = false;
        drop(publication);
    }
    (void)via_parcel_unref(request);
}

/* The oldest first, for that is whom a find gives. */
static void republish_all(struct via_node *node)
{
    struct publication *next = node->names.first;
    while (next != NULL) {
        struct publication *publication = next;
        next = publication->next;
        if (publication->session != node->connection.session && !publication->asking)
            republish(publication);
    }
}

static void restore(struct via_node *node)
{
    claims_restore(node); /* first of all: names may stand for these */
    republish_all(node);
    findings_restore(node);
    subscription_restore(node);
}

static void retry(struct loop_timer *timer)
{
    struct names *names = (struct names *)((char *)timer - offsetof(struct names, retry));
    if (connection_is_ready(names->node) && !names->node->closed)
        restore(names->node);
}

void names_init(struct names *names, struct via_node *node)
{
    names->node = node;
    names->last = &names->first;
    names->retry.fired = retry;
    names->retry_ms = NAMES_RETRY_FIRST_MS;
}

void names_restore(struct via_node *node)
{
    node->names.retry_ms = NAMES_RETRY_FIRST_MS;
    restore(node);
}

void names_number_over(struct via_node *node, uint32_t number)
{
    struct publication *publication = node->names.first;
    for (; publication != NULL; publication = publication->next)
        if (publication->stub == NULL && publication->number == number)
            publication->is_over = true;
}

/* It may have been published again already. */
static void take_back(struct via_node *node, const struct publication *publication)
{
    struct via_parcel *request;
    if (via_parcel_create(&request) != VIA_OK)
        return;
    enum via_status status = put_name(request, publication->family, publication->name, NULL);
    if (status == VIA_OK)
        status = pending_errand(node, DIRECTORY_WITHDRAW, request, NULL, NULL);
    if (status != VIA_OK)
        log_warn("names.withdraw", "name=\"%s\" status=%s", publication->name,
                 via_status_name(status));
    (void)via_parcel_unref(request);
}

void names_number_lost(struct via_node *node, uint32_t number)
{
    struct publication *next = node->names.first;
    while (next != NULL) {
        struct publication *publication = next;
        next = publication->next;
        if (publication->stub != NULL || publication->number != number)
            continue;
        take_back(node, publication);
        lose(node, publication);
    }
}

void names_forget_numbers(struct via_node *node)
{
    names_withdrawn(node, NULL);
}

void names_withdrawn(struct via_node *node, struct via_stub *stub)
{
    struct publication *publication;
    while ((publication = take_out(node, NULL, NULL, stub)) != NULL)
        drop(publication);
}

void names_forget(struct via_node *node)
{
    if (node->names.retry.place != 0)
        loop_disarm(node->loop, &node->names.retry);
    struct publication *publication = node->names.first;
    node->names.first = NULL;
    node->names.last = &node->names.first;
    while (publication != NULL) {
        struct publication *next = publication->next;
        publication->withdrawn = true;
        drop(publication);
        publication = next;
    }
}
