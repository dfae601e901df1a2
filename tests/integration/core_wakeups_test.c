/*
 * Wake-ups, counted by the kernel: what a steady call costs in threads that had to be woken, in the
 * client, the gateway and the service, each a process of its own.
 */
#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/core_world.h"

#define CALLS 2000u
#define TAKERS 4u
enum { ADD_ONE = 1, LEAST };

static char folder[64];
static char socket_path[96];

static void handle(void *user, struct via_call *call)
{
    (void)user;
    world_answer(call, 1 + world_value(via_call_request(call)));
}

static struct taker {
    struct via_queue *queue;
    atomic_uint n; /* that it took */
} takers[TAKERS];

/* What the one took that took least. */
static uint32_t least_taken(void)
{
    uint32_t least = UINT32_MAX;
    for (unsigned i = 0; i < TAKERS; i++)
        if (atomic_load(&takers[i].n) < least)
            least = atomic_load(&takers[i].n);
    return least;
}

static void *take(void *user)
{
    struct taker *taker = user;
    struct via_arrival arrival;
    while (via_queue_take(taker->queue, -1, &arrival) == VIA_OK) {
        (void)atomic_fetch_add(&taker->n, 1);
        if (via_call_code(arrival.call) == LEAST)
            world_answer(arrival.call, least_taken());
        else
            handle(NULL, arrival.call);
        (void)via_call_unref(arrival.call);
    }
    return NULL;
}

/* By a queue from which several take, or by workers. */
static int serve(bool by_queue)
{
    struct via_node *node = via_node_default();
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    struct via_stub *stub;
    struct via_queue *queue;
    pthread_t thread;
    if (via_stub_create(node, &ops, NULL, &stub) != VIA_OK ||
        via_queue_create(node, NULL, NULL, &queue) != VIA_OK)
        return 1;
    if (by_queue)
        via_stub_set_queue(stub, queue);
    for (unsigned i = 0; i < TAKERS && by_queue; i++) {
        takers[i].queue = queue;
        if (pthread_create(&thread, NULL, take, &takers[i]) != 0)
            return 1;
    }
    if (via_node_publish(node, "core", "counted", stub, NULL) != VIA_OK)
        return 1;
    for (;;)
        (void)pause();
}

static struct via_gateway *gateway;

static void on_term(int number)
{
    (void)number;
    via_gateway_stop(gateway); /* NOLINT(bugprone-signal-handler,cert-sig30-c): made for it */
}

static int run_gateway(const char *path)
{
    const struct via_gateway_options options = {.size = sizeof options, .socket = path};
    if (via_gateway_create(&options, NULL, 0, &gateway) != VIA_OK)
        return 1;
    (void)signal(SIGTERM, on_term);
    int status = via_gateway_run(gateway) == VIA_OK ? 0 : 1;
    gateway = via_gateway_destroy(gateway);
    return status;
}

static pid_t start_role(const char *role)
{
    char address[128];
    (void)snprintf(address, sizeof address, "unix:%s", socket_path);
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody */
        (void)setenv("VIADUCT_GATEWAY", address, 1);
        (void)execl("/proc/self/exe", "core_wakeups_test", role, socket_path, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void end_role(pid_t pid)
{
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* How often threads went to sleep, and were woken: those of the background apart. */
struct count {
    long calls, background;
};

static void count_thread(const char *path, struct count *count)
{
    char line[256];
    bool background = false;
    long switches = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return; /* has ended meanwhile */
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "Name:", 5) == 0)
            background = strstr(line, "viaduct-link") != NULL;
        if (strncmp(line, "voluntary_ctxt_switches:", 24) == 0)
            switches = strtol(line + 24, NULL, 10);
    }
    (void)fclose(file);
    *(background ? &count->background : &count->calls) += switches;
}

static struct count count_process(pid_t pid)
{
    struct count count = {0};
    char path[64], thread[384];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    assert_non_null(tasks);
    const struct dirent *task;
    while ((task = readdir(tasks)) != NULL) {
        if (task->d_name[0] == '.')
            continue;
        (void)snprintf(thread, sizeof thread, "%s/%s/status", path, task->d_name);
        count_thread(thread, &count);
    }
    (void)closedir(tasks);
    return count;
}

/*
 * The gateway is woken twice, by the request and by the reply. What looks in does so by the clock,
 * once in many calls.
 */
#define N_ROLES 3u
static const char *const names[N_ROLES] = {"client", "gateway", "service"};
static const double allowed[N_ROLES] = {1.1, 2.1, 1.1};
#define LOOKS_ALLOWED 0.3
#define ALLOWED_BY_TURNS 2.3 /* of the service: who reads, and whose turn it is */

/* A busy machine preempts threads, which makes more wake-ups, never fewer: one quiet round shows
 * it. */
#define ROUNDS 200u

static bool is_quiet_round(struct via_proxy *proxy, const pid_t pids[N_ROLES], double by_service)
{
    struct count before[N_ROLES], after[N_ROLES];
    bool quiet = true;
    for (unsigned i = 0; i < N_ROLES; i++)
        before[i] = count_process(pids[i]);
    for (uint32_t i = 0; i < CALLS; i++)
        assert_int_equal(world_ask(proxy, ADD_ONE, i), i + 1);
    for (unsigned i = 0; i < N_ROLES; i++) {
        after[i] = count_process(pids[i]);
        double calls = (double)(after[i].calls - before[i].calls) / CALLS;
        double looks = (double)(after[i].background - before[i].background) / CALLS;
        print_message("%s: %.2f wake-ups and %.2f looks a call\n", names[i], calls, looks);
        quiet =
            quiet && calls <= (i + 1 < N_ROLES ? allowed[i] : by_service) && looks <= LOOKS_ALLOWED;
    }
    return quiet;
}

/* The role of the service, and the wake-ups that it may have in a call. */
static void a_steady_call_wakes(const char *service, double by_service)
{
    pid_t pids[N_ROLES] = {getpid(), start_role("gateway"), 0};
    while (access(socket_path, F_OK) != 0)
        assert_int_equal(waitpid(pids[1], NULL, WNOHANG), 0);
    pids[2] = start_role(service);
    struct via_node *node = world_node_at(socket_path, 0);
    while (via_node_connect(node, 0) != VIA_OK)
        assert_int_equal(waitpid(pids[1], NULL, WNOHANG), 0);
    struct via_proxy *proxy = world_find(node, "counted");
    for (uint32_t i = 0; i < CALLS / 4; i++)
        assert_int_equal(world_ask(proxy, ADD_ONE, i), i + 1);

    bool quiet = false;
    for (unsigned i = 0; i < ROUNDS && !quiet; i++)
        quiet = is_quiet_round(proxy, pids, by_service);
    if (strcmp(service, "take") == 0)
        assert_true(world_ask(proxy, LEAST, 0) > CALLS / (4 * TAKERS));

    via_proxy_unref(proxy);
    via_node_destroy(node);
    end_role(pids[2]);
    end_role(pids[1]);

    assert_true(quiet);
}

static void a_steady_call_wakes_four_threads(void **state)
{
    (void)state;
    a_steady_call_wakes("serve", allowed[N_ROLES - 1]);
}

/* Each takes its turn, so the one that reads wakes another. */
static void one_that_several_take_by_turns_wakes_five(void **state)
{
    (void)state;
    a_steady_call_wakes("take", ALLOWED_BY_TURNS);
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/viaduct-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(socket_path, sizeof socket_path, "%s/sock", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char lock[112];
    (void)snprintf(lock, sizeof lock, "%s.lock", socket_path);
    (void)unlink(lock);
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(false);
    if (argc == 3 && strcmp(argv[1], "take") == 0)
        return serve(true);
    if (argc == 3 && strcmp(argv[1], "gateway") == 0)
        return run_gateway(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_call_wakes_four_threads),
        cmocka_unit_test(one_that_several_take_by_turns_wakes_five),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
