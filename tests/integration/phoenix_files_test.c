/*
 * Files of a server that is reached through a gateway, by the names that programs use: the gateway,
 * the server and the program are threads of one process. It is the whole way of what the unit test
 * looks at from above.
 */
#define VIADUCT_PHOENIX_FILES
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <posix/utils.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/gateway_thread.h"
#include "tests/unit/bridge/phoenix/small_server.h"

static struct gateway_thread gateway;
static pthread_t server;
static uint32_t port;

static void *serve(void *unused)
{
    msg_t msg;
    msg_rid_t rid;
    while (msgRecv(port, &msg, &rid) == 0) {
        small_server_answer(&msg);
        (void)msgRespond(port, &msg, rid);
    }
    return unused;
}

static int set_up(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, NULL);
    char address[128];
    (void)snprintf(address, sizeof address, "unix:%s", gateway.socket);
    if (setenv("VIADUCT_GATEWAY", address, 1) != 0 || portCreate(&port) != 0)
        return 1;
    oid_t root = small_server_begin(port);
    return portRegister(port, "/", &root) != 0 || pthread_create(&server, NULL, serve, NULL) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)portUnregister("/");
    portDestroy(port);
    (void)pthread_join(server, NULL);
    gateway_thread_stop(&gateway);
    return 0;
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void assert_holds(const char *path, const char *text)
{
    char data[64] = "";
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, data, sizeof data - 1), strlen(text));
    assert_string_equal(data, text);
    assert_int_equal(close(fd), 0);
}

static void a_tree_is_made_read_and_removed(void **state)
{
    struct stat st;
    (void)state;
    assert_int_equal(mkdir("/a", 0755), 0);
    put("/a/x", "hello");
    assert_int_equal(symlink("a/x", "/link"), 0);
    assert_holds("/link", "hello");
    assert_int_equal(rename("/a/x", "/a/y"), 0);
    assert_int_equal(stat("/a/y", &st), 0);
    assert_int_equal(st.st_size, 5);
    assert_int_equal(st.st_dev, port);
    DIR *dir = opendir("/a");
    assert_non_null(dir);
    assert_string_equal(readdir(dir)->d_name, "y");
    assert_null(readdir(dir));
    assert_int_equal(closedir(dir), 0);
    assert_int_equal(unlink("/a/y"), 0);
    assert_int_equal(unlink("/link"), 0);
    assert_int_equal(rmdir("/a"), 0);
    assert_int_equal(open("/a/y", O_RDONLY), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(small_server_n_open(), 0);
}

static void a_device_is_found_by_its_node(void **state)
{
    (void)state;
    put("/device", "ticking");
    oid_t device;
    assert_int_equal(lookup("/device", NULL, &device), 0);
    assert_int_equal(create_dev(&device, "/dev/clock/one"), 0);
    assert_holds("/dev/clock/one", "ticking");
    assert_int_equal(destroy_dev("/dev/clock/one"), 0);
    assert_int_equal(access("/dev/clock/one", F_OK), -1);
    assert_int_equal(errno, ENOENT);
}

static void a_registered_name_leads_there_without_a_directory(void **state)
{
    (void)state;
    put("/device", "ticking");
    oid_t device;
    assert_int_equal(lookup("/device", NULL, &device), 0);
    assert_int_equal(portUnregister("/"), 0);
    assert_int_equal(portRegister(port, "/dev/named", &device), 0);
    assert_holds("/dev/named", "ticking");
    assert_holds("/dev/../dev/named", "ticking");
    assert_int_equal(open("/dev/null", O_RDWR), -1); /* there was a root: it is not the host's */
    assert_int_equal(errno, ENOENT);
    int null = open("/@host/dev/null", O_RDWR);
    assert_true(null >= 0);
    assert_int_equal(write(null, "x", 1), 1);
    assert_int_equal(close(null), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        TEST(a_tree_is_made_read_and_removed),
        TEST(a_device_is_found_by_its_node),
        TEST(a_registered_name_leads_there_without_a_directory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
