/*
 * The kernel writes mountinfo anew at each read() from its beginning, a page at a time, and says by
 * POLLPRI that something has changed since it was last asked. A text that changed between two of
 * its pages may lack a mount, or have one twice: so it is read again until it has stood still.
 *
 * A mount's number is used again when it has gone. What is under a number that has another place or
 * another device is another mount; a mount that was moved has gone from one place and come to
 * another.
 */
#include "gateway/event_broker/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/os_status.h"

#define TEXT_AT_FIRST 16384u
#define MOUNTS_AT_FIRST 64u
#define ESCAPE_SIZE 4u /* \040 */

struct text {
    char *octets; /* owned */
    size_t size, room;
};

struct list {
    struct mount *all; /* owned */
    size_t n, room;
};

static void destroy(struct mount *all, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(all[i].path);
    free(all);
}

void mounts_init(struct mounts *mounts)
{
    *mounts = (struct mounts){.fd = -1};
}

void mounts_deinit(struct mounts *mounts)
{
    if (mounts->fd >= 0)
        (void)close(mounts->fd);
    destroy(mounts->all, mounts->n);
    mounts_init(mounts);
}

/* ---- reading ---- */

static enum via_status make_room(struct text *text)
{
    if (text->size < text->room)
        return VIA_OK;
    if (text->room >= MOUNTS_TEXT_MAX)
        return VIA_TOO_LARGE;
    const size_t room = text->room == 0 ? TEXT_AT_FIRST : text->room * 2;
    char *octets = realloc(text->octets, room);
    if (octets == NULL)
        return VIA_NO_MEMORY;
    text->octets = octets;
    text->room = room;
    return VIA_OK;
}

static enum via_status read_once(int fd, struct text *text)
{
    ssize_t n = 1;
    text->size = 0;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return status_from_errno("mounts: lseek", errno);
    while (n > 0) {
        const enum via_status status = make_room(text);
        if (status != VIA_OK)
            return status;
        n = read(fd, text->octets + text->size, text->room - text->size);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n < 0)
            return status_from_errno("mounts: read", errno);
        else
            text->size += (size_t)n;
    }
    return VIA_OK;
}

static bool has_changed(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLPRI};
    return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLPRI) != 0;
}

static enum via_status read_text(int fd, struct text *text)
{
    enum via_status status = read_once(fd, text);
    for (unsigned i = 1; status == VIA_OK && i < MOUNTS_READS_MAX && has_changed(fd); i++)
        status = read_once(fd, text);
    return status;
}

/* ---- lines ---- */

/* What is left of a line. */
struct rest {
    const char *at, *end;
};

static bool take_number(struct rest *rest, char stop, uint32_t *numberp)
{
    const char *start = rest->at;
    uint64_t number = 0;
    for (; rest->at < rest->end && *rest->at >= '0' && *rest->at <= '9'; rest->at++) {
        number = number * 10 + (uint64_t)(*rest->at - '0');
        if (number > UINT32_MAX)
            return false;
    }
    if (rest->at == start || rest->at == rest->end || *rest->at != stop)
        return false;
    rest->at++;
    *numberp = (uint32_t)number;
    return true;
}

/* Up to the next space, which is there. */
static bool take_word(struct rest *rest, const char **wordp, size_t *sizep)
{
    const char *space = memchr(rest->at, ' ', (size_t)(rest->end - rest->at));
    if (space == NULL || space == rest->at)
        return false;
    *wordp = rest->at;
    *sizep = (size_t)(space - rest->at);
    rest->at = space + 1;
    return true;
}

static bool is_digit(char octet, char last)
{
    return octet >= '0' && octet <= last;
}

/* The octet for which \nnn stands; 0: it is none. */
static char escaped(const char *word, size_t size)
{
    if (size < ESCAPE_SIZE || word[0] != '\\' || !is_digit(word[1], '3') ||
        !is_digit(word[2], '7') || !is_digit(word[3], '7'))
        return 0;
    return (char)((word[1] - '0') << 6 | (word[2] - '0') << 3 | (word[3] - '0'));
}

/* NULL: memory is short. */
static char *unescape(const char *word, size_t size)
{
    char *path = malloc(size + 1), *out = path;
    if (path == NULL)
        return NULL;
    while (size > 0) {
        const size_t n = escaped(word, size) != 0 ? ESCAPE_SIZE : 1;
        *out = *word;
        if (n > 1)
            *out = escaped(word, size);
        out++;
        word += n;
        size -= n;
    }
    *out = '\0';
    return path;
}

/* "36 35 98:0 /part /place ...". VIA_INVALID: it is none such. */
static enum via_status read_line(struct rest rest, struct mount *mount)
{
    const char *word;
    uint32_t parent;
    size_t size;
    if (!take_number(&rest, ' ', &mount->id) || !take_number(&rest, ' ', &parent) ||
        !take_number(&rest, ':', &mount->major) || !take_number(&rest, ' ', &mount->minor) ||
        !take_word(&rest, &word, &size) || !take_word(&rest, &word, &size) || word[0] != '/')
        return VIA_INVALID;
    mount->path = unescape(word, size);
    return mount->path == NULL ? VIA_NO_MEMORY : VIA_OK;
}

static enum via_status add(struct list *list, const struct mount *mount)
{
    if (list->n == list->room) {
        const size_t room = list->room == 0 ? MOUNTS_AT_FIRST : list->room * 2;
        struct mount *all = realloc(list->all, room * sizeof *all);
        if (all == NULL)
            return VIA_NO_MEMORY;
        list->all = all;
        list->room = room;
    }
    list->all[list->n++] = *mount;
    return VIA_OK;
}

/* Lines that are none of it are left out: *n_oddp of them. */
static enum via_status read_lines(const struct text *text, struct list *list, size_t *n_oddp)
{
    const char *at = text->octets, *const end = text->octets + text->size;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct mount mount = {.path = NULL};
        enum via_status status = read_line((struct rest){at, stop == NULL ? end : stop}, &mount);
        if (status == VIA_INVALID) {
            ++*n_oddp;
            status = VIA_OK;
        } else if (status == VIA_OK) {
            status = add(list, &mount);
        }
        if (status != VIA_OK) {
            free(mount.path);
            return status;
        }
        at = stop == NULL ? end : stop + 1;
    }
    return VIA_OK;
}

/* ---- lists ---- */

static int compare(const void *a, const void *b)
{
    const struct mount *one = a, *other = b;
    return (one->id > other->id) - (one->id < other->id);
}

/* In their order, and each number once. */
static void put_in_order(struct list *list)
{
    size_t n = 0;
    if (list->n > 1)
        qsort(list->all, list->n, sizeof *list->all, compare);
    for (size_t i = 0; i < list->n; i++) {
        if (n > 0 && list->all[n - 1].id == list->all[i].id)
            free(list->all[i].path);
        else
            list->all[n++] = list->all[i];
    }
    list->n = n;
}

static enum via_status read_list(int fd, struct list *list)
{
    struct text text = {.octets = NULL};
    size_t n_odd = 0;
    enum via_status status = read_text(fd, &text);
    if (status == VIA_OK)
        status = read_lines(&text, list, &n_odd);
    free(text.octets);
    if (status == VIA_OK && n_odd > 0)
        log_warn("mounts.odd", "lines=%zu", n_odd);
    if (status == VIA_OK && n_odd > 0 && list->n == 0)
        status = VIA_INVALID;
    if (status == VIA_OK) {
        put_in_order(list);
    } else {
        destroy(list->all, list->n);
        *list = (struct list){.n = 0};
    }
    return status;
}

enum via_status mounts_open(struct mounts *mounts, const char *path)
{
    struct list list = {.n = 0};
    mounts->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (mounts->fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? VIA_NOT_FOUND
                                                   : status_from_errno("mounts: open", errno);
    const enum via_status status = read_list(mounts->fd, &list);
    mounts->all = list.all;
    mounts->n = list.n;
    return status;
}

/* ---- what changes ---- */

static bool is_same(const struct mount *one, const struct mount *other)
{
    return one->id == other->id && one->major == other->major && one->minor == other->minor &&
           strcmp(one->path, other->path) == 0;
}

static bool has(const struct mount *all, size_t n, const struct mount *wanted)
{
    const struct mount *found = n == 0 ? NULL : bsearch(wanted, all, n, sizeof *all, compare);
    return found != NULL && is_same(found, wanted);
}

void mounts_dispatch(struct mounts *mounts, mounts_tell_fn tell, void *user)
{
    struct list list = {.n = 0};
    const enum via_status status = read_list(mounts->fd, &list);
    if (status != VIA_OK) {
        log_warn("mounts.unread", "why=%s", via_status_name(status));
        return;
    }
    for (size_t i = mounts->n; i-- > 0;)
        if (!has(list.all, list.n, &mounts->all[i]))
            tell(user, MOUNTS_DISMOUNTED, mounts->all[i].path);
    for (size_t i = 0; i < list.n; i++)
        if (!has(mounts->all, mounts->n, &list.all[i]))
            tell(user, MOUNTS_MOUNTED, list.all[i].path);
    destroy(mounts->all, mounts->n);
    mounts->all = list.all;
    mounts->n = list.n;
}

void mounts_device_gone(const struct mounts *mounts, uint32_t major, uint32_t minor,
                        mounts_tell_fn tell, void *user)
{
    for (size_t i = 0; i < mounts->n; i++)
        if (mounts->all[i].major == major && mounts->all[i].minor == minor)
            tell(user, MOUNTS_OFFLINE, mounts->all[i].path);
}
