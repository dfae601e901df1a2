/*
 * The registry knows the path as far as some name goes. What is behind that the server there is
 * asked for, which says how many characters it has followed, and which server goes on. What it says
 * is believed as little as a client would: a port that the session may not call ends the walk.
 */
#include "gateway/phoenix_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/gateway.h"

#define AT_MODE 0u /* the attribute atMode */
#define FIL 0u     /* the oids in an answer to mtLookup */
#define DEV 1u

void phoenix_walk_deinit(struct phoenix_walk *walk)
{
    asks_drop(&walk->ask.ask);
    phoenix_place_clear(&walk->fil);
    phoenix_place_clear(&walk->dev);
    free(walk->path);
    walk->path = NULL;
}

void phoenix_walk_renew(struct phoenix_walk *walk)
{
    phoenix_walk_deinit(walk);
    walk->outcome = (struct phoenix_outcome){.status = VIA_OK};
    walk->mode_outcome = walk->outcome;
    walk->mode = 0;
    walk->rest = NULL;
    walk->n_hops = 0;
    walk->is_over = false;
}

static void ask_mode(struct phoenix_walk *walk)
{
    struct phoenix_request request = {.type = PHOENIX_GETATTR};
    uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    const struct phoenix_struct *in = &phoenix_type_of(PHOENIX_GETATTR)->in;
    (void)phoenix_put(PHOENIX_I32, PHOENIX_ABI_LP64, raw + phoenix_member_at(in, 1, 0), AT_MODE);
    request.in_raw = raw;
    walk->mode_outcome.status = phoenix_ask_send(&walk->ask, &walk->fil, &request);
    walk->is_over = walk->mode_outcome.status != VIA_OK;
    if (walk->mode_outcome.status == VIA_DEAD && walk->fil.object != NULL)
        walk->mode_outcome.cause = walk->fil.object->death;
}

/* Asks the server that the way leads to. */
static void ask_server(struct phoenix_walk *walk)
{
    const struct phoenix_request request = {
        .type = PHOENIX_LOOKUP, .in_data = walk->rest, .in_size = strlen(walk->rest) + 1};
    if (walk->n_hops++ >= PHOENIX_HOPS_MAX) {
        walk->outcome.err = -ELOOP;
        walk->is_over = true;
        return;
    }
    struct phoenix_request sent = request;
    walk->outcome.status = phoenix_ask_send(&walk->ask, &walk->dev, &sent);
    walk->is_over = walk->outcome.status != VIA_OK;
    if (walk->outcome.status == VIA_DEAD && walk->dev.object != NULL)
        walk->outcome.cause = walk->dev.object->death;
}

static void go_on(struct phoenix_walk *walk)
{
    bool is_good = walk->outcome.status == VIA_OK && walk->outcome.err >= 0;
    if (is_good && walk->rest != NULL && *walk->rest != '\0')
        ask_server(walk);
    else if (is_good && walk->asks_mode)
        ask_mode(walk);
    else
        walk->is_over = true;
}

/* Moves on by what the server says it has followed; what it cannot have is -EINVAL. */
static int32_t consume(struct phoenix_walk *walk, int32_t n)
{
    const char *next = phoenix_path_behind(walk->rest, n);
    if (next == NULL)
        return -EINVAL;
    walk->rest = next;
    return 0;
}

static void take_way(struct phoenix_walk *walk, const struct phoenix_answer *answer)
{
    walk->outcome = (struct phoenix_outcome){answer->status, answer->cause, answer->err};
    if (!answer->is_whole)
        return;
    phoenix_ask_place(&walk->ask, answer, FIL, &walk->fil);
    phoenix_ask_place(&walk->ask, answer, DEV, &walk->dev);
    if (answer->err >= 0)
        walk->outcome.err = consume(walk, answer->err);
}

static void answered(struct phoenix_ask *ask, const struct phoenix_answer *answer)
{
    struct phoenix_walk *walk = (struct phoenix_walk *)ask;
    if (ask->question.type == PHOENIX_LOOKUP) {
        take_way(walk, answer);
        go_on(walk);
    } else {
        walk->mode_outcome = (struct phoenix_outcome){answer->status, answer->cause, answer->err};
        if (answer->is_whole)
            walk->mode = (int64_t)phoenix_get(PHOENIX_I64, PHOENIX_ABI_LP64, answer->raw);
        walk->is_over = true;
    }
    if (walk->is_over)
        walk->done(walk);
}

void phoenix_walk_init(struct phoenix_walk *walk, struct session *session)
{
    *walk = (struct phoenix_walk){.path = NULL};
    phoenix_ask_init(&walk->ask, session);
    walk->ask.answered = answered;
}

/* The oid that @entry stands for. */
static void start_at(struct phoenix_walk *walk, const struct directory_entry *entry)
{
    struct phoenix_oid oid = {.id = 0};
    (void)!phoenix_info_read(entry->spec.info, &oid);
    oid.port = directory_number(entry);
    struct gateway_object *object = NULL;
    if (oid.port != 0)
        object = directory_target(walk->ask.ask.session->gateway, entry);
    if (object == NULL && phoenix_ask_find(walk->ask.ask.session, oid.port, &object) != VIA_OK)
        object = NULL;
    phoenix_place_set(&walk->fil, &oid, object);
    phoenix_place_set(&walk->dev, &oid, object);
}

enum via_status phoenix_walk_begin(struct phoenix_walk *walk, const char *path)
{
    const struct session *session = walk->ask.ask.session;
    struct directory_entry *entry;
    size_t size = strlen(path) + 1;
    if (size > PHOENIX_PATH_MAX)
        return VIA_TOO_LARGE;
    enum via_status status = directory_find_prefix(&session->gateway->directory, PHOENIX_FAMILY,
                                                   path, &session->principal, &entry);
    if (status != VIA_OK)
        return status;
    const char *known = entry->spec.name;
    start_at(walk, entry);
    if (strcmp(known, path) != 0) {
        walk->path = malloc(size);
        if (walk->path == NULL)
            return VIA_NO_MEMORY;
        memcpy(walk->path, path, size);
        walk->rest = walk->path + (strcmp(known, PHOENIX_ROOT) == 0 ? 1 : strlen(known) + 1);
    }
    /* An empty rest, behind a slash at the end, is asked for all the same. */
    if (walk->rest != NULL)
        ask_server(walk);
    else
        go_on(walk);
    return VIA_OK;
}

void phoenix_walk_cancel(struct phoenix_walk *walk)
{
    asks_cancel(&walk->ask.ask);
}
