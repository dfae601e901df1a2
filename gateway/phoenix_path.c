/*
 * The path is walked in one piece first. Only if that fails, or there is a symbolic link at its
 * end, or ".." in it, it is walked name by name: a registered name may stand where no server knows
 * the directory, so one in the middle that is not found is no reason to give up.
 */
#include "gateway/phoenix_path.h"

#include <errno.h>
#include <string.h>

#define O_RDONLY_THERE 1u

/* ---- texts ---- */

static const char *skip_slashes(const char *text)
{
    return text + strspn(text, "/");
}

static bool is_name(const char *name, size_t size, const char *other)
{
    return size == strlen(other) && memcmp(name, other, size) == 0;
}

static void cut_last(char *text)
{
    char *slash = strrchr(text, '/');
    if (slash != NULL)
        *slash = '\0';
}

/* What is done, as one asks for it. */
static const char *text_of(const struct phoenix_path *path)
{
    if (path->done[0] == '\0')
        return path->is_absolute ? "/" : "";
    return path->is_absolute ? path->done : path->done + 1;
}

/* The first name of the rest, put behind what is done. */
static int32_t take_name(struct phoenix_path *path)
{
    const char *name = skip_slashes(path->rest);
    const size_t size = strcspn(name, "/"), before = strlen(path->done);
    const char *next = skip_slashes(name + size);
    if (is_name(name, size, "..")) {
        cut_last(path->done);
    } else if (size > 0 && !is_name(name, size, ".")) {
        if (size + 2 > sizeof path->done - before)
            return -ENAMETOOLONG;
        path->done[before] = '/';
        memcpy(path->done + before + 1, name, size);
        path->done[before + 1 + size] = '\0';
    }
    memmove(path->rest, next, strlen(next) + 1);
    return 0;
}

/* All of it into rest. */
static int32_t take_all(struct phoenix_path *path, const char *text, size_t size)
{
    if (size == 0)
        return -ENOENT;
    if (size >= sizeof path->rest || memchr(text, '\0', size) != NULL)
        return -ENAMETOOLONG;
    memcpy(path->rest, text, size);
    path->rest[size] = '\0';
    path->is_absolute = text[0] == '/';
    for (const char *at = skip_slashes(path->rest); *at != '\0';
         at = skip_slashes(at + strcspn(at, "/")))
        path->has_parents = path->has_parents || is_name(at, strcspn(at, "/"), "..");
    return 0;
}

/* ---- ends ---- */

static void fail(struct phoenix_path *path, const char *step, int32_t err)
{
    path->is_over = true;
    path->step = step;
    path->outcome = (struct phoenix_outcome){.err = err};
}

static void end_with(struct phoenix_path *path, const char *step,
                     const struct phoenix_outcome *outcome)
{
    path->is_over = true;
    path->step = step;
    path->outcome = *outcome;
}

/* ---- what is done next; each tells whether an answer is waited for ---- */

enum next {
    NEXT_NOTHING, /* it is over */
    NEXT_WHOLE,   /* the path in one piece */
    NEXT_PARENT,  /* the directory of what is missing */
    NEXT_NAMES,   /* name by name, from the beginning */
    NEXT_NAME,    /* the next one */
    NEXT_LINK     /* what the link says */
};

/* False: the walk is over already. */
static bool look_at(struct phoenix_path *path)
{
    struct phoenix_walk *walk = &path->walk;
    phoenix_walk_renew(walk);
    walk->asks_mode = true;
    path->is_nameless = false;
    enum via_status status = phoenix_walk_begin(walk, text_of(path));
    if (status == VIA_OK)
        return !walk->is_over;
    walk->is_over = true;
    path->is_nameless = status == VIA_NOT_FOUND;
    walk->outcome = (struct phoenix_outcome){.status = VIA_OK};
    if (path->is_nameless)
        walk->outcome.err = -ENOENT;
    else
        walk->outcome.status = status;
    return false;
}

/* What is missing may be only its last name: then its directory is what a client wants to know. */
static bool look_at_parent(struct phoenix_path *path)
{
    char *slash = strrchr(path->done, '/');
    if (slash == NULL || slash[1] == '\0') {
        fail(path, "mtLookup", -ENOENT);
        return false;
    }
    path->asking = PHOENIX_PARENT;
    memcpy(path->rest, slash + 1, strlen(slash + 1) + 1); /* nothing is left there */
    *slash = '\0';
    path->name = path->rest;
    return look_at(path);
}

static bool look_at_name(struct phoenix_path *path)
{
    path->asking = PHOENIX_STEP;
    path->has_stepped = true;
    int32_t result = take_name(path);
    if (result < 0)
        fail(path, "mtLookup", result);
    return result == 0 && look_at(path);
}

static bool read_link(struct phoenix_path *path)
{
    struct phoenix_request request = {
        .type = PHOENIX_READ, .has_out = true, .out_size = PHOENIX_PATH_SIZE - 1};
    uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    const struct phoenix_struct *in = &phoenix_type_of(PHOENIX_READ)->in;
    (void)phoenix_put(PHOENIX_U32, PHOENIX_ABI_LP64, raw + phoenix_member_at(in, 2, 0),
                      O_RDONLY_THERE);
    request.in_raw = raw;
    const struct phoenix_outcome outcome = {
        .status = phoenix_ask_send(&path->link, &path->walk.fil, &request)};
    if (outcome.status != VIA_OK)
        end_with(path, "mtRead", &outcome);
    return outcome.status == VIA_OK;
}

static bool take_up(struct phoenix_path *path, enum next next)
{
    switch (next) {
    case NEXT_NOTHING:
        break;
    case NEXT_WHOLE:
        path->asking = PHOENIX_WHOLE;
        return look_at(path);
    case NEXT_PARENT:
        return look_at_parent(path);
    case NEXT_NAMES:
        memcpy(path->rest, path->done, sizeof path->rest);
        path->done[0] = '\0';
        return look_at_name(path);
    case NEXT_NAME:
        return look_at_name(path);
    case NEXT_LINK:
        return read_link(path);
    }
    return false;
}

/* ---- what a walk came to ---- */

/* Drivers that know no such attribute are no symbolic links. */
static bool take_mode(struct phoenix_path *path)
{
    const struct phoenix_outcome *outcome = &path->walk.mode_outcome;
    bool is_told = outcome->status == VIA_OK && outcome->err >= 0;
    path->mode = is_told ? (uint32_t)path->walk.mode : 0;
    return is_told ||
           (outcome->status == VIA_OK && (outcome->err == -EINVAL || outcome->err == -ENOSYS));
}

static bool is_link(const struct phoenix_path *path)
{
    return (path->mode & PHOENIX_S_IFMT) == PHOENIX_S_IFLNK;
}

static bool is_missing(const struct phoenix_walk *walk)
{
    return walk->outcome.status == VIA_OK && walk->outcome.err == -ENOENT;
}

static bool is_bad(const struct phoenix_walk *walk)
{
    return walk->outcome.status != VIA_OK || walk->outcome.err < 0;
}

/* The node is there. @links: what is done with a symbolic link; @more: with anything else. */
static enum next judge_node(struct phoenix_path *path, enum next links, enum next more)
{
    if (!take_mode(path)) {
        end_with(path, "mtGetAttr", &path->walk.mode_outcome);
        return NEXT_NOTHING;
    }
    enum next next = is_link(path) ? links : more;
    if (next == NEXT_NOTHING)
        end_with(path, NULL, &path->walk.outcome);
    return next;
}

static enum next judge_whole(struct phoenix_path *path)
{
    const struct phoenix_walk *walk = &path->walk;
    if (is_missing(walk) && !path->is_nameless)
        return NEXT_PARENT;
    if (is_bad(walk)) {
        if (walk->outcome.status == VIA_OK && path->is_absolute && !path->is_nameless)
            return NEXT_NAMES;
        end_with(path, "mtLookup", &walk->outcome);
        return NEXT_NOTHING;
    }
    return judge_node(path, path->is_absolute ? NEXT_NAMES : NEXT_NOTHING, NEXT_NOTHING);
}

static enum next judge_parent(struct phoenix_path *path)
{
    bool is_there = !is_bad(&path->walk) && take_mode(path);
    path->is_missing =
        is_there && (path->mode == 0 || (path->mode & PHOENIX_S_IFMT) == PHOENIX_S_IFDIR);
    if (path->is_missing || path->has_stepped || !path->is_absolute) {
        fail(path, "mtLookup", -ENOENT);
        return NEXT_NOTHING;
    }
    size_t before = strlen(path->done);
    path->done[before] = '/';
    memcpy(path->done + before + 1, path->rest, strlen(path->rest) + 1);
    return NEXT_NAMES;
}

static enum next judge_name(struct phoenix_path *path)
{
    const struct phoenix_walk *walk = &path->walk;
    bool is_last = path->rest[0] == '\0';
    if (is_missing(walk))
        return is_last ? NEXT_PARENT : NEXT_NAME;
    if (is_bad(walk)) {
        end_with(path, "mtLookup", &walk->outcome);
        return NEXT_NOTHING;
    }
    return judge_node(path, NEXT_LINK, is_last ? NEXT_NOTHING : NEXT_NAME);
}

static enum next judge(struct phoenix_path *path)
{
    switch (path->asking) {
    case PHOENIX_WHOLE:
        return judge_whole(path);
    case PHOENIX_PARENT:
        return judge_parent(path);
    case PHOENIX_STEP:
        return judge_name(path);
    }
    return NEXT_NOTHING;
}

/* Goes on until something is waited for, or it is over, which is told. */
static void go_on(struct phoenix_path *path, enum next next)
{
    bool waits = false;
    while (!path->is_over && !waits) {
        waits = take_up(path, next);
        if (!waits && !path->is_over)
            next = judge(path);
    }
    if (path->is_over && !path->is_beginning)
        path->found(path);
}

static void walked(struct phoenix_walk *walk)
{
    struct phoenix_path *path = (struct phoenix_path *)walk;
    go_on(path, judge(path));
}

/* ---- links ---- */

/* The target takes the link's place. */
static int32_t follow_link(struct phoenix_path *path, const uint8_t *target, size_t size)
{
    char joined[PHOENIX_PATH_SIZE];
    const size_t behind = strlen(path->rest) + 1;
    if (++path->n_links > PHOENIX_LINKS_MAX)
        return -ELOOP;
    if (size == 0 || memchr(target, '\0', size) != NULL)
        return -ENOENT;
    if (size >= sizeof joined - behind)
        return -ENAMETOOLONG;
    memcpy(joined, target, size);
    joined[size] = '/';
    memcpy(joined + size + 1, path->rest, behind);
    if (target[0] == '/')
        path->done[0] = '\0';
    else
        cut_last(path->done);
    memcpy(path->rest, joined, size + 1 + behind);
    return 0;
}

static struct phoenix_path *of_link(struct phoenix_ask *ask)
{
    return (struct phoenix_path *)((char *)ask - offsetof(struct phoenix_path, link));
}

static void link_read(struct phoenix_ask *ask, const struct phoenix_answer *answer)
{
    struct phoenix_path *path = of_link(ask);
    const struct phoenix_outcome outcome = {answer->status, answer->cause, answer->err};
    if (outcome.status != VIA_OK || outcome.err < 0) {
        end_with(path, "mtRead", &outcome);
    } else {
        size_t size = (size_t)outcome.err;
        int32_t result = size < PHOENIX_PATH_SIZE ? follow_link(path, answer->data, size) : -ENOENT;
        if (result < 0)
            fail(path, "mtRead", result);
    }
    go_on(path, NEXT_NAME);
}

static void link_ended(struct phoenix_ask *ask)
{
    struct phoenix_ask *first = &of_link(ask)->walk.ask;
    first->ended(first);
}

/* ---- the beginning ---- */

void phoenix_path_init(struct phoenix_path *path, struct session *session)
{
    memset(path, 0, sizeof *path);
    phoenix_walk_init(&path->walk, session);
    path->walk.done = walked;
    phoenix_ask_init(&path->link, session);
    path->link.answered = link_read;
    path->link.ended = link_ended;
}

void phoenix_path_limit(struct phoenix_path *path, uint64_t until_ms)
{
    path->walk.ask.until_ms = until_ms;
    path->link.until_ms = until_ms;
}

void phoenix_path_deinit(struct phoenix_path *path)
{
    asks_drop(&path->link.ask);
    phoenix_walk_deinit(&path->walk);
}

bool phoenix_path_begin(struct phoenix_path *path, const char *text, size_t size)
{
    enum next next = NEXT_WHOLE;
    int32_t result = take_all(path, text, size);
    if (result == 0 && path->has_parents && !path->is_absolute)
        result = -ENOENT;
    if (path->has_parents)
        next = NEXT_NAME;
    while (next == NEXT_WHOLE && result == 0 && path->rest[0] != '\0')
        result = take_name(path);
    if (result < 0)
        fail(path, "mtLookup", result);
    path->is_beginning = true;
    go_on(path, next);
    path->is_beginning = false;
    return !path->is_over;
}

void phoenix_path_cancel(struct phoenix_path *path)
{
    asks_cancel(&path->walk.ask.ask);
    asks_cancel(&path->link.ask);
}
