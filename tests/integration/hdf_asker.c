/*
 * A client of drivers for tests: it does one command a line of its standard input, and says one
 * line for each.
 */
#include <hdf_base.h>
#include <hdf_io_service.h>
#include <hdf_sbuf.h>
#include <ioservstat_listener.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svcmgr_ioservice.h>

#define WORDS 4
#define LINE_SIZE 512
#define REPLY_SIZE 4096
#define HEARD_MAX 64

/* ---- what listeners hear ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stirred = PTHREAD_COND_INITIALIZER;
static char heard[HEARD_MAX][LINE_SIZE];
static unsigned n_heard, n_said;

static void note(const char *line)
{
    pthread_mutex_lock(&lock);
    (void)snprintf(heard[n_heard++ % HEARD_MAX], LINE_SIZE, "%s", line);
    pthread_cond_broadcast(&stirred);
    pthread_mutex_unlock(&lock);
}

static void on_status(struct ServiceStatusListener *listener, struct ServiceStatus *status)
{
    char line[LINE_SIZE];
    (void)listener;
    (void)snprintf(line, sizeof line, "%s class=%u status=%u info=%s", status->serviceName,
                   status->deviceClass, status->status, status->info);
    note(line);
}

static int on_event(void *priv, uint32_t id, struct HdfSBuf *data)
{
    char line[LINE_SIZE];
    uint16_t device_class = 0, status = 0;
    const char *name = HdfSbufReadString(data);
    (void)priv;
    (void)HdfSbufReadUint16(data, &device_class);
    (void)HdfSbufReadUint16(data, &status);
    const char *info = HdfSbufReadString(data);
    (void)snprintf(line, sizeof line, "event=%u %s class=%u status=%u info=%s", id,
                   name != NULL ? name : "-", device_class, status, info != NULL ? info : "-");
    note(line);
    return 0;
}

static void say_next(void)
{
    pthread_mutex_lock(&lock);
    while (n_said == n_heard)
        pthread_cond_wait(&stirred, &lock);
    puts(heard[n_said++ % HEARD_MAX]);
    pthread_mutex_unlock(&lock);
}

static void listen_to_status(uint16_t classes)
{
    struct ISvcMgrIoservice *manager = SvcMgrIoserviceGet();
    struct ServiceStatusListener *listener = IoServiceStatusListenerNewInstance();
    int32_t status = HDF_FAILURE;
    if (manager != NULL && listener != NULL) {
        listener->callback = on_status;
        status = manager->RegisterServiceStatusListener(manager, listener, classes);
    }
    printf("%d\n", status);
}

static struct HdfIoService *listened;

static void listen_to_manager(uint16_t classes)
{
    static struct HdfDevEventlistener listener = {.callBack = on_event};
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    int32_t status = HDF_FAILURE;
    listened = HdfIoServiceBind(DEV_SVCMGR_NODE);
    if (listened != NULL && data != NULL && HdfSbufWriteUint16(data, classes) &&
        HdfDeviceRegisterEventListener(listened, &listener) == HDF_SUCCESS)
        status = HdfIoServiceDispatch(listened, SVCMGR_REGISTER_LISTENER, data, NULL);
    HdfSbufRecycle(data);
    printf("%d\n", status);
}

/* ---- commands ---- */

static int32_t send_text(struct HdfIoService *to, int cmd, const char *text, struct HdfSBuf *reply)
{
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    if (text != NULL)
        (void)HdfSbufWriteString(data, text);
    int32_t status = HdfIoServiceDispatch(to, cmd, data, reply);
    HdfSbufRecycle(data);
    return status;
}

static void ask(const char *name, int cmd, const char *text)
{
    struct HdfIoService *to = HdfIoServiceBind(name);
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    if (to == NULL) {
        puts("null");
    } else {
        int32_t status = send_text(to, cmd, text, reply);
        const char *answer = HdfSbufReadString(reply);
        printf("%d %s\n", status, answer != NULL ? answer : "-");
    }
    HdfSbufRecycle(reply);
    HdfIoServiceRecycle(to);
}

static void list(int cmd, uint32_t device_class)
{
    struct HdfIoService *manager = HdfIoServiceBind(DEV_MGR_NODE);
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    struct HdfSBuf *reply = HdfSbufObtain(REPLY_SIZE);
    (void)HdfSbufWriteUint32(data, device_class);
    printf("%d ", manager != NULL ? HdfIoServiceDispatch(manager, cmd, data, reply) : HDF_FAILURE);
    const uint8_t *octets = HdfSbufGetData(reply);
    for (size_t i = 0; i < HdfSbufGetDataSize(reply); i++)
        printf("%02x", octets[i]);
    puts("");
    HdfSbufRecycle(reply);
    HdfSbufRecycle(data);
    HdfIoServiceRecycle(manager);
}

/* ---- many at once ---- */

static struct crowd {
    struct HdfIoService *to;
    int cmd;
    unsigned n;
    pthread_t *threads;
    int32_t *results;
} crowd;

static void *be_member(void *user)
{
    int32_t *resultp = user;
    *resultp = send_text(crowd.to, crowd.cmd, NULL, NULL);
    return NULL;
}

static void gather(const char *name, int cmd, unsigned n)
{
    crowd = (struct crowd){.to = HdfIoServiceBind(name),
                           .cmd = cmd,
                           .n = n,
                           .threads = calloc(n, sizeof *crowd.threads),
                           .results = calloc(n, sizeof *crowd.results)};
    for (unsigned i = 0; i < n; i++)
        if (pthread_create(&crowd.threads[i], NULL, be_member, &crowd.results[i]) != 0)
            abort();
    puts("gathered");
}

/* RESULT for all, or "differ". */
static void disperse(void)
{
    bool differ = false;
    for (unsigned i = 0; i < crowd.n; i++)
        (void)pthread_join(crowd.threads[i], NULL);
    for (unsigned i = 1; i < crowd.n; i++)
        differ = differ || crowd.results[i] != crowd.results[0];
    if (differ)
        puts("differ");
    else
        printf("%d %d\n", crowd.results[0], send_text(crowd.to, 1, NULL, NULL));
    free(crowd.threads);
    free(crowd.results);
    HdfIoServiceRecycle(crowd.to);
}

/* ---- lines ---- */

static struct HdfIoService *held;

static void drop(void)
{
    HdfIoServiceRecycle(held);
    held = NULL;
    puts("dropped");
}

static int number_of(const char *word)
{
    return (int)strtol(word, NULL, 10); /* 0 for a word that is none */
}

static void act(char *words[WORDS])
{
    int number = number_of(words[1]);
    int more = number_of(words[2]);
    if (strcmp(words[0], "ask") == 0)
        ask(words[1], more, words[3][0] != '\0' ? words[3] : NULL);
    else if (strcmp(words[0], "hold") == 0)
        puts((held = HdfIoServiceBind(words[1])) != NULL ? "held" : "null");
    else if (strcmp(words[0], "held") == 0)
        printf("%d\n", send_text(held, number, NULL, NULL));
    else if (strcmp(words[0], "drop") == 0)
        drop();
    else if (strcmp(words[0], "list") == 0)
        list(number, (uint32_t)more);
    else if (strcmp(words[0], "load") == 0)
        printf("%d\n", HdfLoadDriverByServiceName(words[1]));
    else if (strcmp(words[0], "gather") == 0)
        gather(words[1], more, (unsigned)number_of(words[3]));
    else if (strcmp(words[0], "disperse") == 0)
        disperse();
    else if (strcmp(words[0], "status") == 0)
        listen_to_status((uint16_t)number);
    else if (strcmp(words[0], "manager") == 0)
        listen_to_manager((uint16_t)number);
    else if (strcmp(words[0], "next") == 0)
        say_next();
    else
        puts("what?");
}

int main(void)
{
    char line[LINE_SIZE];
    static char nothing[] = "";
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[WORDS] = {nothing, nothing, nothing, nothing};
        char *rest = line, *word;
        for (int i = 0; i < WORDS && (word = strtok_r(rest, " \n", &rest)) != NULL; i++)
            words[i] = word;
        act(words);
    }
    HdfIoServiceRecycle(listened);
    HdfIoServiceRecycle(held);
    return EXIT_SUCCESS;
}
