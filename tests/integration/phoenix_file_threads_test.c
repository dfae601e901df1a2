/*
 * Files of a server that several threads use at once, that signals and the server's end come in
 * between, and that a child has as well. The server holds a message where a test wants it: received
 * and not answered, so that all that come after it wait.
 */
#define VIADUCT_PHOENIX_FILES
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/gateway_thread.h"
#include "tests/unit/bridge/phoenix/small_server.h"

#define THREADS 4
#define ROUNDS 100
#define NOTHING (-1)

static struct gateway_thread gateway;
static pthread_t server;
static uint32_t port;

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int held_type; /* a message of this type is held, the next one */
static bool is_held;

/* ---- the server ---- */

static void hold(int type)
{
    (void)pthread_mutex_lock(&guard);
    held_type = type;
    (void)pthread_mutex_unlock(&guard);
}

static void wait_until_held(void)
{
    (void)pthread_mutex_lock(&guard);
    while (!is_held)
        (void)pthread_cond_wait(&changed, &guard);
    (void)pthread_mutex_unlock(&guard);
}

static void let_go(void)
{
    (void)pthread_mutex_lock(&guard);
    held_type = NOTHING;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&guard);
}

static void *serve(void *unused)
{
    msg_t msg;
    msg_rid_t rid;
    while (msgRecv(port, &msg, &rid) == 0) {
        (void)pthread_mutex_lock(&guard);
        while (held_type == msg.type) {
            is_held = true;
            (void)pthread_cond_broadcast(&changed);
            (void)pthread_cond_wait(&changed, &guard);
        }
        is_held = false;
        (void)pthread_mutex_unlock(&guard);
        small_server_answer(&msg);
        (void)msgRespond(port, &msg, rid);
    }
    return unused;
}

static int start_server(void **state)
{
    (void)state;
    held_type = NOTHING;
    is_held = false;
    if (portCreate(&port) != 0)
        return 1;
    oid_t root = small_server_begin(port);
    return portRegister(port, "/", &root) != 0 || pthread_create(&server, NULL, serve, NULL) != 0;
}

static int stop_server(void **state)
{
    (void)state;
    (void)portUnregister("/");
    portDestroy(port);
    let_go();
    return pthread_join(server, NULL) != 0;
}

static int start_gateway(void **state)
{
    char address[128];
    (void)state;
    gateway_thread_start(&gateway, NULL);
    (void)snprintf(address, sizeof address, "unix:%s", gateway.socket);
    return setenv("VIADUCT_GATEWAY", address, 1);
}

static int stop_gateway(void **state)
{
    (void)state;
    gateway_thread_stop(&gateway);
    return 0;
}

/* ---- threads of the program ---- */

static int shared; /* a descriptor */

static int make(const char *text)
{
    int fd = open("/file", O_RDWR | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void *use_it(void *unused)
{
    char data[8];
    for (int i = 0; i < ROUNDS; i++) {
        if (pread(shared, data, sizeof data, 0) != 6 || memcmp(data, "shared", 6) != 0)
            abort();
        if (read(shared, data, 0) != 0 || lseek(shared, 1, SEEK_CUR) < 1)
            abort();
        int copy = dup(shared), own = open("/file", O_RDONLY);
        if (copy < 0 || own < 0 || read(own, data, 6) != 6 || close(copy) != 0 || close(own) != 0)
            abort();
    }
    return unused;
}

static void threads_share_a_descriptor(void **state)
{
    pthread_t threads[THREADS];
    (void)state;
    shared = make("shared");
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_it, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(lseek(shared, 0, SEEK_CUR), THREADS * ROUNDS);
    assert_int_equal(close(shared), 0);
    assert_int_equal(small_server_n_open(), 0);
}

struct reading {
    ssize_t result;
    int error;
    char data[8];
};

static void *read_it(void *arg)
{
    struct reading *reading = arg;
    reading->result = read(shared, reading->data, sizeof reading->data);
    reading->error = errno;
    return NULL;
}

static pthread_t begin_to_read(struct reading *reading)
{
    pthread_t thread;
    hold(mtRead);
    assert_int_equal(pthread_create(&thread, NULL, read_it, reading), 0);
    wait_until_held();
    return thread;
}

static void a_file_closes_when_the_read_in_it_is_over(void **state)
{
    struct reading reading;
    (void)state;
    shared = make("held");
    pthread_t thread = begin_to_read(&reading);
    assert_int_equal(close(shared), 0);
    assert_int_equal(small_server_n_open(), 1);
    assert_int_equal(close(shared), -1);
    assert_int_equal(errno, EBADF);
    let_go();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reading.result, 4);
    assert_memory_equal(reading.data, "held", 4);
    assert_int_equal(small_server_n_open(), 0);
}

/* ---- signals ---- */

static atomic_int n_signals;

static void count_signal(int number)
{
    (void)number;
    (void)atomic_fetch_add(&n_signals, 1);
}

static void mind_signals(void)
{
    const struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
    atomic_store(&n_signals, 0);
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

/* Each is waited for before the next one is sent. */
static void signal_times(pthread_t thread, int n)
{
    for (int i = 1; i <= n; i++) {
        assert_int_equal(pthread_kill(thread, SIGUSR1), 0);
        while (atomic_load(&n_signals) < i)
            (void)sched_yield();
    }
}

static void a_read_that_the_server_has_goes_on(void **state)
{
    struct reading reading;
    (void)state;
    mind_signals();
    shared = make("held");
    pthread_t thread = begin_to_read(&reading);
    signal_times(thread, 3);
    let_go();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reading.result, 4);
    assert_int_equal(close(shared), 0);
}

static atomic_bool is_reading;

static void *read_until_interrupted(void *arg)
{
    struct reading *reading = arg;
    atomic_store(&is_reading, true);
    (void)read_it(reading);
    atomic_store(&is_reading, false);
    return NULL;
}

static void *sync_it(void *unused)
{
    return fsync(shared) == 0 ? unused : &shared;
}

static void a_read_that_nobody_has_seen_ends(void **state)
{
    struct reading reading;
    pthread_t thread, syncing;
    void *failed;
    (void)state;
    mind_signals();
    shared = make("never");
    hold(mtSync);
    assert_int_equal(pthread_create(&syncing, NULL, sync_it, NULL), 0);
    wait_until_held(); /* nothing else is received now */
    atomic_store(&is_reading, true);
    assert_int_equal(pthread_create(&thread, NULL, read_until_interrupted, &reading), 0);
    while (atomic_load(&is_reading)) { /* the first ones may come before it waits */
        (void)pthread_kill(thread, SIGUSR1);
        (void)sched_yield();
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reading.result, -1);
    assert_int_equal(reading.error, EINTR);
    assert_int_equal(lseek(shared, 0, SEEK_CUR), 0);
    let_go();
    assert_int_equal(pthread_join(syncing, &failed), 0);
    assert_null(failed);
    small_server_forget_counts();
    assert_int_equal(close(shared), 0);
    assert_int_equal(small_counts.of[mtRead], 0); /* it never came */
}

#define HANDLED 2000

static int null; /* the host's */

static void write_to_host(int number)
{
    const int error = errno;
    if (write(null, "x", 1) != 1)
        abort();
    count_signal(number);
    errno = error;
}

/* To this thread alone, which has handled them all once it has joined the one that sends. */
static void *signal_often(void *thread)
{
    while (atomic_load(&n_signals) < HANDLED) {
        (void)pthread_kill(*(const pthread_t *)thread, SIGALRM);
        (void)sched_yield();
    }
    return NULL;
}

/* As handlers that wake a loop through a pipe do. */
static void a_handler_writes_to_the_hosts_files(void **state)
{
    const struct sigaction action = {.sa_handler = write_to_host, .sa_flags = SA_RESTART};
    pthread_t self = pthread_self(), thread;
    (void)state;
    null = open("/@host/dev/null", O_RDWR);
    assert_true(null >= 0);
    atomic_store(&n_signals, 0);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, signal_often, &self), 0);
    while (atomic_load(&n_signals) < HANDLED)
        if (lseek(null, 0, SEEK_CUR) != 0)
            abort();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(close(null), 0);
}

/* ---- ends ---- */

static void a_server_ends_with_files_open(void **state)
{
    struct reading reading;
    char octet;
    (void)state;
    shared = make("gone");
    DIR *dir = opendir("/");
    FILE *file = fopen("/file", "r");
    assert_true(dir != NULL && file != NULL);
    pthread_t thread = begin_to_read(&reading);
    portDestroy(port);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reading.result, -1);
    assert_int_equal(reading.error, EINVAL);
    assert_int_equal(read(shared, &octet, 1), -1);
    assert_int_equal(errno, EINVAL);
    assert_null(readdir(dir));
    assert_int_equal(errno, EINVAL);
    assert_int_equal(fgetc(file), EOF);
    assert_int_equal(closedir(dir), -1);
    assert_int_equal(fclose(file), EOF);
    assert_int_equal(close(shared), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(fcntl(shared, F_GETFD), -1); /* its number is free */
}

static void a_child_has_the_files_but_not_the_threads(void **state)
{
    struct reading reading;
    int status;
    (void)state;
    shared = make("held");
    pthread_t thread = begin_to_read(&reading);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int copy = dup(shared);
        _exit(copy >= 0 && lseek(copy, 2, SEEK_SET) == 2 && close(shared) == 0 && close(copy) == 0
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    let_go();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reading.result, 4);
    assert_int_equal(lseek(shared, 0, SEEK_CUR), 4);
    assert_int_equal(close(shared), 0);
    assert_int_equal(small_server_n_open(), 0);
}

/* The directory's file has no descriptor. */
static void a_child_does_not_close_its_parents_directory(void **state)
{
    int status;
    (void)state;
    DIR *dir = opendir("/");
    assert_non_null(dir);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(closedir(dir));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(small_server_n_open(), 1);
    assert_int_equal(closedir(dir), 0);
    assert_int_equal(small_server_n_open(), 0);
}

#define FORKS 200

static atomic_bool is_over;

static void *ask_where(void *unused)
{
    char path[64];
    while (!atomic_load(&is_over))
        if (getcwd(path, sizeof path) == NULL)
            abort();
    return unused;
}

/* Whatever another thread is in the midst of. */
static void a_child_knows_its_working_directory(void **state)
{
    pthread_t thread;
    int status;
    char path[64];
    (void)state;
    atomic_store(&is_over, false);
    assert_int_equal(mkdir("/here", 0755), 0);
    assert_int_equal(chdir("/here"), 0);
    assert_int_equal(pthread_create(&thread, NULL, ask_where, NULL), 0);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(getcwd(path, sizeof path) != NULL && strcmp(path, "/here") == 0 ? 0 : 1);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    atomic_store(&is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(chdir("/@host/"), 0);
    assert_int_equal(rmdir("/here"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_server, stop_server)
    const struct CMUnitTest tests[] = {
        TEST(threads_share_a_descriptor),
        TEST(a_file_closes_when_the_read_in_it_is_over),
        TEST(a_read_that_the_server_has_goes_on),
        TEST(a_read_that_nobody_has_seen_ends),
        TEST(a_handler_writes_to_the_hosts_files),
        TEST(a_server_ends_with_files_open),
        TEST(a_child_has_the_files_but_not_the_threads),
        TEST(a_child_does_not_close_its_parents_directory),
        TEST(a_child_knows_its_working_directory),
    };
    return cmocka_run_group_tests(tests, start_gateway, stop_gateway);
}
