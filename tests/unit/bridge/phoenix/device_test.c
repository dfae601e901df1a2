/*
 * Nodes of devices: in devfs, in /dev of the root filesystem, or as names of their own. The linker
 * puts a small server in the place of msgSend(), and here are the registry and the clock.
 */
#include <cmocka.h>
#include <errno.h>
#include <posix/utils.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/unit/bridge/phoenix/small_server.h"
#include "tests/unit/bridge/scarce_memory.h"

#define PORT 0x40000007u   /* of the filesystem */
#define DRIVER 0x40000009u /* of a device */

static oid_t root;
static bool has_devfs, has_root;
static int devfs_comes; /* at so many looks for it */
static int is_hidden;   /* /dev, for so many looks */
static int interrupt;   /* so many messages get -EINTR */
static int n_naps;
static int refusal; /* of the registry */
static char registered[64];
static oid_t registered_oid;

/* ---- what the linker puts in their places (--wrap) ---- */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
int __wrap_msgSend(uint32_t port, msg_t *msg);
int __wrap_lookup(const char *name, oid_t *fil, oid_t *dev);
int __wrap_portRegister(uint32_t port, const char *name, oid_t *oid);
int __wrap_portUnregister(const char *name);
int __wrap_nanosleep(const struct timespec *time, struct timespec *rest);

int __wrap_msgSend(uint32_t port, msg_t *msg)
{
    if (interrupt > 0) {
        interrupt--;
        return -EINTR;
    }
    if (port != PORT)
        return -EINVAL;
    small_server_answer(msg);
    return 0;
}

int __wrap_lookup(const char *name, oid_t *fil, oid_t *dev)
{
    msg_t msg = {.type = mtLookup, .oid = root};
    assert_null(fil);
    *dev = root;
    if (strcmp(name, "devfs") == 0) {
        if (devfs_comes > 0 && --devfs_comes == 0)
            has_devfs = true;
        return has_devfs ? 0 : -ENOENT;
    }
    if (!has_root)
        return -ENOENT;
    if (strcmp(name, "/") == 0)
        return 0;
    assert_string_equal(name, "/dev");
    if (is_hidden > 0 && is_hidden-- > 0)
        return -ENOENT;
    msg.i.data = name + 1;
    msg.i.size = strlen(name);
    (void)__wrap_msgSend(PORT, &msg);
    *dev = msg.o.lookup.dev;
    return msg.o.err < 0 ? msg.o.err : 0;
}

int __wrap_portRegister(uint32_t port, const char *name, oid_t *oid)
{
    assert_int_equal(port, DRIVER);
    (void)snprintf(registered, sizeof registered, "%s", name);
    registered_oid = *oid;
    return refusal;
}

int __wrap_portUnregister(const char *name)
{
    if (strcmp(registered, name) != 0)
        return -ENOENT;
    registered[0] = '\0';
    return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *rest)
{
    (void)rest;
    assert_int_equal(time->tv_sec, 0);
    assert_int_equal(time->tv_nsec, 100000000);
    n_naps++;
    return 0;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */

/* ---- the stage ---- */

static oid_t device = {.port = DRIVER, .id = 42};

static int set_up(void **state)
{
    (void)state;
    root = small_server_begin(PORT);
    has_devfs = has_root = true;
    devfs_comes = is_hidden = interrupt = n_naps = refusal = 0;
    memset(registered, 0, sizeof registered);
    return 0;
}

static long long mode_of(const oid_t *fil)
{
    msg_t msg = {.type = mtGetAttr, .oid = *fil};
    msg.i.attr.type = atMode;
    small_server_answer(&msg);
    return msg.o.err < 0 ? msg.o.err : msg.o.attr.val;
}

/* What stands at @path below the filesystem's root: its mode, or why there is none. */
static long long stands(const char *path, oid_t *dev)
{
    msg_t msg = {.type = mtLookup, .oid = root};
    msg.i.data = path;
    msg.i.size = strlen(path) + 1;
    small_server_answer(&msg);
    if (msg.o.err < 0)
        return msg.o.err;
    if ((size_t)msg.o.err != strlen(path))
        return -ENOTDIR;
    *dev = msg.o.lookup.dev;
    return mode_of(&msg.o.lookup.fil);
}

static void expect_node(const char *path)
{
    oid_t dev = {0};
    assert_int_equal(stands(path, &dev), S_IFCHR | 0666);
    assert_int_equal(dev.port, DRIVER);
    assert_int_equal(dev.id, 42);
}

/* ---- creating ---- */

static void what_names_no_device_is_invalid(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "/", "///", "/dev", "/dev/", "/dev//"};
    char long_name[300];
    memset(long_name, 'n', sizeof long_name);
    long_name[256] = '\0';
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(create_dev(&device, bad[i]), -EINVAL);
        assert_int_equal(destroy_dev(bad[i]), -EINVAL);
    }
    assert_int_equal(create_dev(NULL, "/dev/x"), -EINVAL);
    assert_int_equal(create_dev(&device, NULL), -EINVAL);
    assert_int_equal(destroy_dev(NULL), -EINVAL);
    assert_int_equal(small_counts.all, 0);
    assert_int_equal(create_dev(&device, long_name), -EINVAL);
    assert_int_equal(destroy_dev(long_name), -EINVAL);
}

static void a_path_is_below_dev_in_any_case(void **state)
{
    (void)state;
    static const char *const paths[][2] = {{"/dev/uart0", "uart0"}, {"uart1", "uart1"},
                                           {"/uart2", "uart2"},     {"/dev//uart3", "uart3"},
                                           {"//uart4", "uart4"},    {"/device", "device"}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(create_dev(&device, paths[i][0]), 0);
        expect_node(paths[i][1]);
        assert_int_equal(create_dev(&device, paths[i][0]), -EEXIST);
    }
    assert_int_equal(n_naps, 0);
    assert_string_equal(registered, "");
}

static void directories_are_made_on_the_way(void **state)
{
    (void)state;
    oid_t dev;
    assert_int_equal(create_dev(&device, "/dev/bus/i2c/0"), 0);
    assert_int_equal(stands("bus", &dev), S_IFDIR | 0755);
    assert_int_equal(stands("bus/i2c", &dev), S_IFDIR | 0755);
    expect_node("bus/i2c/0");
    assert_int_equal(create_dev(&device, "/dev/bus/i2c//1"), 0); /* they are there already */
    expect_node("bus/i2c/1");
    assert_int_equal(create_dev(&device, "/dev/bus/i2c/0/x"), -EINVAL); /* asks the driver */
    assert_int_equal(create_dev(&device, "/dev/bus"), -EEXIST);
}

static void a_signal_is_no_matter(void **state)
{
    (void)state;
    interrupt = 3;
    assert_int_equal(create_dev(&device, "/dev/bus/x"), 0);
    expect_node("bus/x");
    interrupt = 3;
    assert_int_equal(destroy_dev("/dev/bus/x"), 0);
    assert_int_equal(interrupt, 0);
}

static void devfs_may_be_about_to_start(void **state)
{
    (void)state;
    has_devfs = has_root = false;
    devfs_comes = 3;
    assert_int_equal(create_dev(&device, "x"), 0);
    assert_int_equal(n_naps, 2);
    expect_node("x");
}

static void else_they_are_in_dev_of_the_root(void **state)
{
    (void)state;
    oid_t dev;
    has_devfs = false;
    assert_int_equal(create_dev(&device, "/dev/x"), 0);
    assert_int_equal(n_naps, 2);
    assert_int_equal(stands("dev", &dev), S_IFDIR | 0755);
    expect_node("dev/x");
    is_hidden = 1; /* another makes it meanwhile */
    assert_int_equal(create_dev(&device, "/dev/y"), 0);
    expect_node("dev/y");
    assert_string_equal(registered, "");
}

static void else_they_are_names(void **state)
{
    (void)state;
    has_devfs = has_root = false;
    assert_int_equal(create_dev(&device, "bus//x"), 0);
    assert_string_equal(registered, "/dev/bus//x");
    assert_memory_equal(&registered_oid, &device, sizeof device);
    refusal = -EEXIST;
    assert_int_equal(create_dev(&device, "/dev/x"), -EEXIST);
}

/* ---- destroying ---- */

static void a_node_is_taken_away(void **state)
{
    (void)state;
    oid_t dev;
    assert_int_equal(create_dev(&device, "/dev/bus/x"), 0);
    assert_int_equal(destroy_dev("bus"), -ENOTEMPTY);
    assert_int_equal(destroy_dev("/dev/bus/x/y"), -EINVAL);
    assert_int_equal(destroy_dev("/dev/bus/x"), 0);
    assert_int_equal(stands("bus/x", &dev), -ENOENT);
    assert_int_equal(destroy_dev("/dev/bus/x"), -ENOENT);
    assert_int_equal(destroy_dev("bus"), 0);
    has_devfs = false;
    assert_int_equal(create_dev(&device, "x"), 0);
    n_naps = 0;
    assert_int_equal(destroy_dev("/dev/x"), 0);
    assert_int_equal(stands("dev/x", &dev), -ENOENT);
    assert_int_equal(n_naps, 0);
}

/* Also where a filesystem has come since. */
static void a_name_is_taken_back(void **state)
{
    (void)state;
    has_devfs = has_root = false;
    assert_int_equal(create_dev(&device, "x"), 0);
    assert_int_equal(destroy_dev("/dev/y"), -ENOENT);
    assert_int_equal(destroy_dev("/dev/x"), 0);
    assert_int_equal(destroy_dev("/dev/x"), -ENOENT);
    assert_int_equal(create_dev(&device, "x"), 0);
    has_root = true;
    assert_int_equal(destroy_dev("x"), 0);
}

/* ---- memory ---- */

static void without_memory_there_is_no_name(void **state)
{
    (void)state;
    const size_t n_live = memory_n_live();
    has_devfs = has_root = false;
    memory_fail(0, 1);
    assert_int_equal(create_dev(&device, "x"), -ENOMEM);
    assert_string_equal(registered, "");
    memory_fail(MEMORY_ENOUGH, 0);
    assert_int_equal(create_dev(&device, "x"), 0);
    memory_fail(0, 1);
    assert_int_equal(destroy_dev("x"), -ENOMEM);
    assert_string_equal(registered, "/dev/x");
    memory_fail(MEMORY_ENOUGH, 0);
    assert_int_equal(destroy_dev("x"), 0);
    has_root = true; /* where there is a filesystem none is needed */
    memory_fail(0, 1);
    assert_int_equal(create_dev(&device, "bus/x"), 0);
    assert_int_equal(destroy_dev("bus/x"), 0);
    memory_fail(MEMORY_ENOUGH, 0);
    assert_int_equal(memory_n_live(), n_live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_names_no_device_is_invalid, set_up),
        cmocka_unit_test_setup(a_path_is_below_dev_in_any_case, set_up),
        cmocka_unit_test_setup(directories_are_made_on_the_way, set_up),
        cmocka_unit_test_setup(a_signal_is_no_matter, set_up),
        cmocka_unit_test_setup(devfs_may_be_about_to_start, set_up),
        cmocka_unit_test_setup(else_they_are_in_dev_of_the_root, set_up),
        cmocka_unit_test_setup(else_they_are_names, set_up),
        cmocka_unit_test_setup(a_node_is_taken_away, set_up),
        cmocka_unit_test_setup(a_name_is_taken_back, set_up),
        cmocka_unit_test_setup(without_memory_there_is_no_name, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
