/*
 * A path is asked for in one piece. Only when that fails, or there is a symbolic link at its end,
 * or ".." in it, which goes up from where a link led, it is walked as that system's library does:
 * every name is looked up and asked for its mode, and links are read.
 *
 * A registered name may stand where no server knows the directory; so a name in the middle that is
 * not found is no reason to give up.
 */
#include "bridge/phoenix/path.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "bridge/phoenix/question.h"
#include "bridge/phoenix/registry.h"

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char *working_directory; /* owned; NULL: the host's */
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

/* ---- texts ---- */

int path_join(const char *dir, const char *path, char joined[PATH_MAX])
{
    const size_t before = strlen(dir), size = strlen(path) + 1;
    if (before >= PATH_MAX - 1 || size > PATH_MAX - 1 - before)
        return -ENAMETOOLONG;
    char whole[PATH_MAX];
    memcpy(whole, dir, before);
    whole[before] = '/';
    memcpy(whole + before + 1, path, size);
    memcpy(joined, whole, before + 1 + size);
    return 0;
}

static bool is_name(const char *name, size_t len, const char *other)
{
    return len == strlen(other) && memcmp(name, other, len) == 0;
}

/* Without double slashes and "."; whether there is ".." in it. */
static bool tidy(char *path)
{
    bool has_parents = false;
    char *to = path;
    const char *from = path;
    for (;;) {
        from += strspn(from, "/");
        const size_t len = strcspn(from, "/");
        if (len == 0)
            break;
        if (!is_name(from, len, ".")) {
            has_parents = has_parents || is_name(from, len, "..");
            *to++ = '/';
            memmove(to, from, len);
            to += len;
        }
        from += len;
    }
    if (to == path)
        *to++ = '/';
    *to = '\0';
    return has_parents;
}

static void cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
}

const char *path_on_host(const char *path)
{
    const size_t size = strlen(PATH_HOST);
    if (strncmp(path, PATH_HOST, size) != 0)
        return path;
    if (path[size] == '\0')
        return "/";
    return path[size] == '/' ? path + size : path;
}

/* ---- the working directory ---- */

static int copy(const char *path, char copied[PATH_MAX])
{
    const size_t size = strlen(path) + 1;
    if (size > PATH_MAX) {
        copied[0] = '\0';
        return -ENAMETOOLONG;
    }
    memcpy(copied, path, size);
    return 0;
}

static void before_fork(void)
{
    (void)pthread_mutex_lock(&guard);
}

static void after_fork(void)
{
    (void)pthread_mutex_unlock(&guard);
}

static void mind_forks(void)
{
    (void)pthread_atfork(before_fork, after_fork, after_fork);
}

bool path_working_directory(char path[PATH_MAX])
{
    (void)pthread_once(&fork_once, mind_forks);
    (void)pthread_mutex_lock(&guard);
    const bool is_ours = working_directory != NULL && copy(working_directory, path) == 0;
    (void)pthread_mutex_unlock(&guard);
    return is_ours;
}

int path_change_directory(const char *path)
{
    char *owned = path != NULL ? strdup(path) : NULL;
    if (path != NULL && owned == NULL)
        return -ENOMEM;
    (void)pthread_once(&fork_once, mind_forks);
    (void)pthread_mutex_lock(&guard);
    char *former = working_directory;
    working_directory = owned;
    (void)pthread_mutex_unlock(&guard);
    free(former);
    return 0;
}

/* An absolute path in spot->path, or PATH_IS_HOSTS. */
static int begin(const char *path, struct spot *spot)
{
    memset(spot, 0, offsetof(struct spot, path));
    if (path[0] == '\0')
        return -ENOENT;
    char dir[PATH_MAX];
    const char *on_host = path_on_host(path);
    int result = 0;
    if (on_host != path || (path[0] != '/' && !path_working_directory(dir)))
        result = PATH_IS_HOSTS;
    else if (path[0] != '/')
        return path_join(dir, path, spot->path);
    const int copied = copy(on_host, spot->path);
    return copied < 0 ? copied : result;
}

/* ---- servers ---- */

/* Whether names lead there, as far as the path says, which is tidy. */
static int covers(const char *path)
{
    char plain[PATH_MAX];
    size_t n = 0;
    for (const char *at = path; *at == '/'; at += 1 + strcspn(at + 1, "/")) {
        const size_t len = 1 + strcspn(at + 1, "/");
        if (is_name(at, len, "/..")) {
            plain[n] = '\0';
            cut_last(plain);
            n = strlen(plain);
        } else {
            memcpy(plain + n, at, len);
            n += len;
        }
    }
    plain[n] = '\0';
    return registry_covers(n == 0 ? "/" : plain);
}

/* Whether absolute paths are the servers' for good: a program whose root's server ends is not to
 * find itself on the host, where the same name is another file. */
enum { ROOT_UNKNOWN, ROOT_NONE, ROOT_SEEN };
static atomic_int root = ROOT_UNKNOWN;

static void note_root(void)
{
    if (atomic_load(&root) != ROOT_UNKNOWN)
        return;
    const int covered = registry_covers("/");
    if (covered >= 0)
        atomic_store(&root, covered > 0 ? ROOT_SEEN : ROOT_NONE);
}

/* What stays as it is when the path is walked. */
static bool is_final(int result)
{
    return result == -EAGAIN || result == -EACCES || result == -ETIME || result == -ENOMEM;
}

static int look_up(const char *path, struct spot *spot)
{
    struct walk_end end;
    spot->mode = 0;
    int result = question_walk(path, true, &end);
    if (result < 0)
        return result;
    spot->fil = end.fil;
    spot->dev = end.dev;
    spot->mode = end.mode;
    return end.mode_result;
}

static int read_link(const oid_t *fil, char target[PATH_MAX])
{
    msg_t msg = {.type = mtRead, .oid = *fil};
    msg.i.io.mode = 1; /* O_RDONLY there */
    msg.o.data = target;
    msg.o.size = PATH_MAX - 1;
    int result = question_ask(&msg);
    if (result < 0)
        return result;
    if (result == 0 || result >= PATH_MAX)
        return -ENOENT;
    target[result] = '\0';
    return 0;
}

/* Whether the directory is there, and the last name is all that is missing. */
static bool is_only_last_missing(struct spot *spot)
{
    char dir[PATH_MAX];
    struct walk_end end;
    (void)copy(spot->path, dir);
    cut_last(dir);
    if (question_walk(dir[0] == '\0' ? "/" : dir, true, &end) < 0)
        return false;
    spot->dir = end.dev;
    if (end.mode_result < 0)
        return false;
    spot->is_missing = end.mode == 0 || S_ISDIR(end.mode);
    return spot->is_missing;
}

/* ---- step by step ---- */

struct walk {
    char done[PATH_MAX]; /* without links; "" is the root */
    char rest[PATH_MAX];
    unsigned int n_links;
    bool is_found; /* what is done */
};

static const char *skip_slashes(const char *path)
{
    return path + strspn(path, "/");
}

/* The first of the rest, put behind what is done. */
static int take_name(struct walk *walk)
{
    const char *rest = skip_slashes(walk->rest);
    const size_t len = strcspn(rest, "/"), before = strlen(walk->done);
    const char *next = skip_slashes(rest + len);
    if (is_name(rest, len, "..")) {
        cut_last(walk->done);
    } else if (len > 0 && !is_name(rest, len, ".")) {
        if (before + len + 2 > PATH_MAX)
            return -ENAMETOOLONG;
        walk->done[before] = '/';
        memcpy(walk->done + before + 1, rest, len);
        walk->done[before + 1 + len] = '\0';
    }
    memmove(walk->rest, next, strlen(next) + 1);
    return 0;
}

/* The target takes the link's place. */
static int follow_link(struct walk *walk, const oid_t *fil)
{
    char target[PATH_MAX];
    if (++walk->n_links > PATH_LINKS_MAX)
        return -ELOOP;
    int result = read_link(fil, target);
    if (result == 0)
        result = path_join(target, walk->rest, walk->rest);
    if (result < 0)
        return result;
    if (target[0] == '/')
        walk->done[0] = '\0';
    else
        cut_last(walk->done);
    return 0;
}

static int look_at_done(struct walk *walk, bool follows, struct spot *spot)
{
    const bool is_last = walk->rest[0] == '\0';
    walk->is_found = false;
    int result = look_up(walk->done[0] == '\0' ? "/" : walk->done, spot);
    if (result == -ENOENT && !is_last)
        return 0;
    if (result < 0)
        return result;
    if (S_ISLNK(spot->mode) && (!is_last || follows))
        return follow_link(walk, &spot->fil);
    walk->is_found = true;
    return 0;
}

static int walk_all(struct spot *spot, bool follows)
{
    struct walk walk = {.is_found = false};
    int result = copy(spot->path, walk.rest);
    while (result == 0 && (*skip_slashes(walk.rest) != '\0' || !walk.is_found)) {
        result = take_name(&walk);
        if (result == 0)
            result = look_at_done(&walk, follows, spot);
    }
    (void)copy(walk.done[0] == '\0' ? "/" : walk.done, spot->path);
    if (result == -ENOENT && *skip_slashes(walk.rest) == '\0')
        (void)is_only_last_missing(spot);
    return result;
}

/* ---- in one piece ---- */

/* No name leads there. What is below a server's directory that is gone is not the host's. */
static int leave_to_host(const char *path, struct spot *spot)
{
    if (path[0] != '/' || atomic_load(&root) == ROOT_SEEN)
        return -ENOENT;
    const int result = copy(path, spot->path);
    return result < 0 ? result : PATH_IS_HOSTS;
}

int path_find(const char *path, bool follows, struct spot *spot)
{
    int result = begin(path, spot);
    if (result != 0)
        return result;
    struct walk_end end = {.is_decided = false};
    const bool has_parents = tidy(spot->path);
    result = has_parents ? -ENOENT : question_walk(spot->path, follows, &end);
    if (is_final(result))
        return result;
    if (result == 0) {
        note_root();
        spot->fil = end.fil;
        spot->dev = end.dev;
        spot->mode = end.mode;
        if (end.mode_result < 0 || !S_ISLNK(spot->mode))
            return end.mode_result;
    } else if (result == -ENOENT) {
        const int covered = end.is_decided ? end.is_found : covers(spot->path);
        if (covered <= 0)
            return covered == 0 ? leave_to_host(path, spot) : covered;
        note_root();
        if (!has_parents && is_only_last_missing(spot))
            return -ENOENT;
    }
    return walk_all(spot, follows);
}

int path_find_folder(const char *path, struct spot *spot, const char **namep)
{
    char dir[PATH_MAX];
    int result = begin(path, spot);
    if (result != 0)
        return result;
    result = copy(spot->path, dir);
    if (result < 0)
        return result;
    (void)tidy(dir);
    result = covers(dir);
    if (result <= 0)
        return result == 0 ? leave_to_host(path, spot) : result;
    note_root();
    char *slash = strrchr(dir, '/');
    if (slash[1] == '\0')
        return -EEXIST;
    if (strcmp(slash, "/..") == 0)
        return -EINVAL;
    *slash = '\0';
    const char *name = slash + 1;
    result = path_find(dir[0] == '\0' ? "/" : dir, true, spot);
    if (result != 0)
        return result == PATH_IS_HOSTS ? -ENOENT : result;
    const size_t before = strlen(spot->path) + 1, size = strlen(name) + 1;
    if (size > PATH_MAX - before)
        return -ENAMETOOLONG;
    memcpy(spot->path + before, name, size);
    *namep = spot->path + before;
    return 0;
}
