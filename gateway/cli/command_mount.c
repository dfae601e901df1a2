/*
 * viaduct mount: a namespace of Phoenix-RTOS servers as a directory of this host.
 *
 * It returns once that is mounted: a child stays. The child has begun before anything is asked, as
 * what asks has threads, and those do not outlive a fork. What fails before it is mounted it says
 * itself, and its exit status is the command's.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/cli/command_phx.h"
#include "gateway/cli/fault.h"
#include "gateway/cli/mount.h"

/* What waits for the child's word. */
struct start {
    int ready; /* where it says that it is mounted; -1: in the foreground */
    const char *dir;
};

/* ---- before anything is asked ---- */

static enum cli_exit refuse(const char *dir, const char *words, enum cli_exit result)
{
    fprintf(stderr, "viaduct mount: %s: %s\n", dir, words);
    return result;
}

static enum cli_exit check_dir(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL && errno == ENOENT)
        return refuse(path, "there is no such directory; make it first", CLI_NOT_FOUND);
    if (dir == NULL && errno == ENOTDIR)
        return refuse(path, "it is not a directory", CLI_USAGE);
    if (dir == NULL && errno == ENOTCONN)
        return refuse(path, "what was mounted there has ended; `fusermount3 -u` it first",
                      CLI_USAGE);
    if (dir == NULL)
        return refuse(path, strerror(errno), CLI_FAILED);
    int n = 0;
    while (n <= 2 && readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n > 2 ? refuse(path, "it is not empty", CLI_USAGE) : CLI_OK;
}

/* ---- the one that stays ---- */

static void tell_ready(void *user)
{
    const struct start *start = user;
    if (start->ready < 0) {
        printf("viaduct mount: ready at %s\n", start->dir);
        (void)fflush(stdout);
        return;
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
        (void)dup2(null, fd);
    if (null > STDERR_FILENO)
        (void)close(null);
    (void)write(start->ready, "", 1);
    (void)close(start->ready);
}

static enum cli_exit stay(struct cli *cli, const char *path, const char *dir, struct start *start)
{
    char name[512];
    const struct mount_options options = {
        .node = cli->node,
        .path = path,
        .timeout_ms = cli->timeout_ms,
        .server_ids = cli->server_ids,
        .uid = getuid(),
        .gid = getgid(),
    };
    struct mount_tree *tree;
    struct phx_shell shell = {.cli = cli, .path = path};
    int err = mount_tree_create(&tree, &options, &shell.asker);
    if (err < 0)
        return phx_fail(&shell, err);
    (void)snprintf(name, sizeof name, "%s", path);
    const struct mount_point point = {
        .dir = dir,
        .name = name,
        .allow_other = cli->allow_other,
        .ready = tell_ready,
        .user = start,
    };
    const bool is_served = mount_session_serve(tree, &point);
    via_node_close(cli->node);
    (void)mount_tree_destroy(tree);
    return is_served ? CLI_OK : CLI_UNAVAILABLE;
}

/* ---- the one that returns ---- */

/* Its exit status, if it ended before it was ready. */
static enum cli_exit wait_for(pid_t child, int ready)
{
    char octet;
    ssize_t n;
    int status = 0;
    do {
        n = read(ready, &octet, 1);
    } while (n < 0 && errno == EINTR);
    if (n == 1)
        return CLI_OK;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? (enum cli_exit)WEXITSTATUS(status) : CLI_FAILED;
}

static enum cli_exit stay_behind(struct cli *cli, const char *path, const char *dir)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return refuse(dir, strerror(errno), CLI_FAILED);
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        struct start start = {.ready = ends[1], .dir = dir};
        (void)close(ends[0]);
        (void)setsid();
        return stay(cli, path, dir, &start);
    }
    (void)close(ends[1]);
    enum cli_exit result =
        child < 0 ? refuse(dir, strerror(errno), CLI_FAILED) : wait_for(child, ends[0]);
    (void)close(ends[0]);
    return result;
}

/* With someone to tell, a node comes back by itself. */
void command_mount_link(void *user, const struct via_link_change *change)
{
    const struct cli *cli = user;
    if (!cli->foreground)
        return;
    if (change->state == VIA_LINK_BROKEN || change->state == VIA_LINK_ENDED)
        fprintf(stderr, "viaduct mount: the link is lost: %s\n", change->words);
    else
        fputs("viaduct mount: the link is back\n", stderr);
}

enum cli_exit command_mount(struct cli *cli)
{
    if (cli->n_words != 2)
        return fault_usage(cli, "takes PATH DIR: what is mounted, and where");
    const char *path = cli->words[0], *dir = cli->words[1];
    enum cli_exit result = check_dir(dir);
    if (result != CLI_OK)
        return result;
    if (!mount_session_is_possible())
        return CLI_UNAVAILABLE;
    if (!cli->foreground)
        return stay_behind(cli, path, dir);
    struct start start = {.ready = -1, .dir = dir};
    return stay(cli, path, dir, &start);
}
