/*
 * The registry's part is done here, as the gateway does it: from server to server, of which there
 * is one, that answers at once.
 */
#define VIADUCT_PHOENIX_FILES
#include "tests/unit/bridge/phoenix/files_stage.h"

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/phoenix/walk.h"

bool has_root, is_dead;
int interrupt;
char host[64];
void (*twist)(msg_t *msg);
static oid_t root;

/* ---- what the linker puts in their places (--wrap) ---- */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
int __wrap_msgSend(uint32_t port, msg_t *msg);
int __wrap_lookup(const char *name, oid_t *fil, oid_t *dev);
int __wrap_registry_covers(const char *path);
int __wrap_walk_at_gateway(const char *path, bool asks_mode, struct walk_end *end);

int __wrap_msgSend(uint32_t port, msg_t *msg)
{
    if (interrupt > 0) {
        interrupt--;
        return -EINTR;
    }
    if (port != PORT || is_dead)
        return -EINVAL;
    small_server_answer(msg);
    if (twist != NULL)
        twist(msg);
    return 0;
}

int __wrap_lookup(const char *name, oid_t *fil, oid_t *dev)
{
    oid_t at_fil = root, at_dev = root;
    if (!has_root || name[0] != '/')
        return -ENOENT;
    const char *rest = name + 1;
    while (*rest != '\0') {
        msg_t msg = {.type = mtLookup, .oid = at_dev};
        msg.i.data = rest;
        msg.i.size = strlen(rest) + 1;
        int result = __wrap_msgSend(at_dev.port, &msg);
        if (result < 0 || msg.o.err < 0)
            return result < 0 ? result : msg.o.err;
        assert_int_not_equal(msg.o.err, 0);
        rest += msg.o.err;
        rest += *rest == '/';
        at_fil = msg.o.lookup.fil;
        at_dev = msg.o.lookup.dev;
    }
    if (fil != NULL)
        *fil = at_fil;
    if (dev != NULL)
        *dev = at_dev;
    return 0;
}

int __wrap_registry_covers(const char *path)
{
    return has_root && path[0] == '/';
}
/* An older gateway. */
int __wrap_walk_at_gateway(const char *path, bool asks_mode, struct walk_end *end)
{
    (void)path, (void)asks_mode, (void)end;
    return WALK_UNDECIDED;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */

/* ---- the stage ---- */

int set_up(void **state)
{
    (void)state;
    has_root = true;
    is_dead = false;
    interrupt = 0;
    twist = NULL;
    root = small_server_begin(PORT);
    (void)snprintf(host, sizeof host, "/tmp/viaduct-files-XXXXXX");
    return mkdtemp(host) == NULL;
}

int tear_down(void **state)
{
    char on_host[128];
    (void)state;
    (void)snprintf(on_host, sizeof on_host, "/@host%s", host);
    return small_server_n_open() != 0 || chdir("/@host/") != 0 || rmdir(on_host) != 0;
}

void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

void assert_holds(const char *path, const char *text)
{
    char data[64] = "";
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, data, sizeof data - 1), strlen(text));
    assert_string_equal(data, text);
    assert_int_equal(close(fd), 0);
}

void assert_fails(long result, int error)
{
    assert_int_equal(result, -1);
    assert_int_equal(errno, error);
}
