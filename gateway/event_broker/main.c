/*
 * viaduct-event-broker: the event broker of Portfolio as a program. It serves until a signal ends
 * it.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/log.h"
#include "codecs/portfolio_name.h"
#include "gateway/cli/cli.h"
#include "gateway/event_broker/service.h"

#define HZ_DEFAULT 60u

static const char help[] =
    "viaduct-event-broker: the event broker of Portfolio, for programs on this and other hosts\n"
    "\n"
    "usage: viaduct-event-broker [--name NAME] [--gateway URL] [--field-hz N | --step]\n"
    "                            [--evdev WHERE]... [--pods FILE]\n"
    "                            [--filesystems] [--devices[=SUBSYSTEM,...]]\n"
    "                            [--allow IDENTITY=RIGHTS]... [--event NUMBER=NAME]...\n"
    "                            [--client-ports N] [--client-listeners N] [--client-pods N]\n"
    "                            [--client-events N] [--audit FILE]\n"
    "\n"
    "  --name NAME          as which programs find it; eventbroker\n"
    "  --gateway URL        unix:PATH or wss://host:port; else $VIADUCT_GATEWAY, else this host's\n"
    "  --field-hz N         fields a second, 60 or 50; 0: one for each change\n"
    "  --step               fields go by only when a client says so: for tests\n"
    "  --evdev WHERE        input devices of this host are pods: all (of /dev/input), a directory "
    "of\n"
    "                       them, or the path of one; as they come and go\n"
    "  --pods FILE          what devices are as pods, where that is to be otherwise than what\n"
    "                       `viaduct pod map` prints\n"
    "  --filesystems        what is mounted and dismounted on this host is told to listeners\n"
    "  --devices[=SUBSYSTEM,...]\n"
    "                       and so are devices that come and go, of the kernel's subsystems "
    "block,\n"
    "                       input, net, tty and usb, or of those that are named\n"
    "  --allow IDENTITY=RIGHTS\n"
    "                       what clients on other hosts may do, by their certificates, with * and\n"
    "                       ?: inject (be pods, and send the system's own events), focus (have "
    "the\n"
    "                       focus, and give it to others), keys (be told which keys are pressed);\n"
    "                       several with commas, or none. The first one that names a client\n"
    "                       counts; who is named by none has focus alone\n"
    "  --event NUMBER=NAME  a custom event that has that number from the start, 128 to 255\n"
    "  --client-ports N, --client-listeners N, --client-pods N, --client-events N\n"
    "                       what one client may have at the most: ports that it sends from, 1024;\n"
    "                       listeners, 1024; pods, 64; custom events that it registers, 32\n"
    "  --audit FILE         what was refused to whom, as JSON lines; standard error\n"
    "  --version, --help\n"
    "\n"
    "examples:\n"
    "  viaduct-event-broker\n"
    "  viaduct-event-broker --allow 'pad-*=inject' --allow viewer=\n"
    "\n"
    "exit status: 0 stopped by a signal, 1 failed, or the name is taken, 2 wrong usage,\n"
    "             3 no such device or directory, 4 denied, 7 no gateway, 8 built without "
    "libevdev,\n"
    "             or a kernel without what --devices needs\n";

/* Which of this host's are pods, and of what else of it listeners are told. */
struct devices {
    const char *places[EVDEV_PLACES_MAX];
    unsigned n;
    const char *map; /* a file; NULL: what is compiled in */
    bool tells_filesystems, tells_devices;
    const char *named; /* subsystems; NULL: the usual ones */
    struct subsystems subsystems;
};

enum want { WANT_RUN, WANT_HELP, WANT_VERSION, WANT_USAGE };

/* @takes: what the option is to be. */
static enum want complain(const char *option, const char *takes, const char *value)
{
    (void)fprintf(stderr, "viaduct-event-broker: --%s is %s, not '%s'; try --help\n", option, takes,
                  value);
    return WANT_USAGE;
}

static enum want complain_of_many(const char *option, unsigned most)
{
    (void)fprintf(stderr, "viaduct-event-broker: --%s stands there %u times at most\n", option,
                  most);
    return WANT_USAGE;
}

static bool read_hz(const char *text, uint32_t *hzp)
{
    if (strcmp(text, "60") == 0 || strcmp(text, "50") == 0 || strcmp(text, "0") == 0) {
        *hzp = (uint32_t)strtoul(text, NULL, 10);
        return true;
    }
    return false;
}

static enum want fix_event(struct custom_events *events, const char *text)
{
    static const char *const words[] = {
        [CUSTOM_EVENTS_BAD_NAME] = "a name is 1 to 255 octets without control characters",
        [CUSTOM_EVENTS_NUMBER_TAKEN] = "the number has a name",
        [CUSTOM_EVENTS_NAME_TAKEN] = "the name is taken",
        [CUSTOM_EVENTS_NO_MEMORY] = "there is no memory for it",
    };
    char *end;
    const unsigned long number = strtoul(text, &end, 10);
    if (text[0] < '1' || text[0] > '9' || *end != '=' || number < PORTFOLIO_CUSTOM ||
        number >= PORTFOLIO_EVENTS)
        return complain("event", "NUMBER=NAME, from 128 to 255", text);
    const enum custom_events_fixed fixed = custom_events_fix(events, (uint32_t)number, end + 1);
    if (fixed == CUSTOM_EVENTS_FIXED)
        return WANT_RUN;
    (void)fprintf(stderr, "viaduct-event-broker: --event %s: %s\n", text, words[fixed]);
    return WANT_USAGE;
}

static enum want read_limit(struct limits *limits, enum limit limit, const char *text)
{
    char option[32], takes[64];
    if (limits_read(limits, limit, text))
        return WANT_RUN;
    (void)snprintf(option, sizeof option, "client-%s", limit_name(limit));
    (void)snprintf(takes, sizeof takes, "a number from 1 to %u", (unsigned)limit_most(limit));
    return complain(option, takes, text);
}

static enum want add_right(struct rights *rights, const char *text)
{
    if (rights->n == RIGHTS_RULES_MAX)
        return complain_of_many("allow", RIGHTS_RULES_MAX);
    if (rights_add(rights, text))
        return WANT_RUN;
    return complain("allow",
                    "IDENTITY=RIGHTS, of inject, focus, keys, with commas between them, or none",
                    text);
}

static enum want read_options(int argc, char **argv, struct service_options *options,
                              struct devices *devices)
{
    enum {
        NAME = 256,
        GATEWAY,
        FIELD_HZ,
        STEP,
        EVDEV,
        PODS,
        FILESYSTEMS,
        DEVICES,
        ALLOW,
        EVENT,
        AUDIT,
        HELP,
        VERSIONS,
        CLIENT
    };
    static const struct option known[] = {
        {"name", required_argument, NULL, NAME},
        {"gateway", required_argument, NULL, GATEWAY},
        {"field-hz", required_argument, NULL, FIELD_HZ},
        {"step", no_argument, NULL, STEP},
        {"evdev", required_argument, NULL, EVDEV},
        {"pods", required_argument, NULL, PODS},
        {"filesystems", no_argument, NULL, FILESYSTEMS},
        {"devices", optional_argument, NULL, DEVICES},
        {"allow", required_argument, NULL, ALLOW},
        {"event", required_argument, NULL, EVENT},
        {"audit", required_argument, NULL, AUDIT},
        {"client-ports", required_argument, NULL, CLIENT + LIMIT_PORTS},
        {"client-listeners", required_argument, NULL, CLIENT + LIMIT_LISTENERS},
        {"client-pods", required_argument, NULL, CLIENT + LIMIT_PODS},
        {"client-events", required_argument, NULL, CLIENT + LIMIT_EVENTS},
        {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSIONS},
        {NULL, 0, NULL, 0},
    };
    enum want want = WANT_RUN;
    bool has_hz = false;
    int option;
    while (want == WANT_RUN && (option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        switch (option) {
        case NAME:
            options->name = optarg;
            if (!portfolio_name_is_legal(optarg, SIZE_MAX))
                return complain("name", "1 to 255 octets without control characters", optarg);
            break;
        case GATEWAY:
            options->node.gateway = optarg;
            if (optarg[0] == '\0')
                return complain("gateway", "unix:PATH or wss://host:port", optarg);
            break;
        case FIELD_HZ:
            if (!read_hz(optarg, &options->hz))
                return complain("field-hz", "60, 50, or 0 for one at each change", optarg);
            has_hz = true;
            break;
        case STEP:
            options->steps = true;
            break;
        case EVDEV:
            if (optarg[0] == '\0')
                return complain("evdev", "all, a directory, or the path of a device", optarg);
            if (devices->n == EVDEV_PLACES_MAX)
                return complain_of_many("evdev", EVDEV_PLACES_MAX);
            devices->places[devices->n++] = optarg;
            break;
        case PODS:
            devices->map = optarg;
            if (optarg[0] == '\0')
                return complain("pods", "a file", optarg);
            break;
        case FILESYSTEMS:
            devices->tells_filesystems = true;
            break;
        case DEVICES:
            devices->tells_devices = true;
            devices->named = optarg;
            break;
        case ALLOW:
            want = add_right(&options->rights, optarg);
            break;
        case EVENT:
            want = fix_event(&options->events, optarg);
            break;
        case CLIENT + LIMIT_PORTS:
        case CLIENT + LIMIT_LISTENERS:
        case CLIENT + LIMIT_PODS:
        case CLIENT + LIMIT_EVENTS:
            want = read_limit(&options->limits, (enum limit)(option - CLIENT), optarg);
            break;
        case AUDIT:
            options->audit = optarg;
            if (optarg[0] == '\0')
                return complain("audit", "a file", optarg);
            break;
        case HELP:
        case 'h':
            return WANT_HELP;
        case VERSIONS:
            return WANT_VERSION;
        default:
            (void)fputs("viaduct-event-broker: try --help\n", stderr);
            return WANT_USAGE;
        }
    }
    if (want == WANT_RUN && has_hz && options->steps) {
        (void)fputs("viaduct-event-broker: --step and --field-hz do not go together: by steps "
                    "there is no clock\n",
                    stderr);
        return WANT_USAGE;
    }
    if (want == WANT_RUN && devices->named != NULL &&
        !subsystems_read(&devices->subsystems, devices->named))
        return complain("devices", "names of subsystems with commas between them", devices->named);
    if (want != WANT_RUN || optind == argc)
        return want;
    (void)fprintf(stderr, "viaduct-event-broker: '%s' is no option; try --help\n", argv[optind]);
    return WANT_USAGE;
}

/* Why it cannot be there, beyond the status's name. */
static void explain(const struct service *service, enum via_status status, char *words, size_t room)
{
    words[0] = '\0';
    if (service->node == NULL && status == VIA_INVALID)
        (void)snprintf(words, room, "--gateway takes unix:PATH or wss://host:port");
    else if (service->options->audit != NULL && service->audit.file == stderr)
        (void)snprintf(words, room, "--audit %s cannot be written", service->options->audit);
    else if (status == VIA_EXISTS)
        (void)snprintf(words, room, "there is one of that name; --name gives this one another");
    else if (service->node != NULL)
        via_node_fault(service->node, words, room);
}

static enum cli_exit report(const struct service *service, enum via_status status)
{
    char words[512];
    explain(service, status, words, sizeof words);
    (void)fprintf(stderr, "viaduct-event-broker: cannot be there as %s: %s%s%s\n",
                  service->options->name, via_status_name(status), words[0] == '\0' ? "" : ": ",
                  words);
    if (status == VIA_NOT_CONNECTED || status == VIA_BAD_VERSION)
        return CLI_NO_GATEWAY;
    if (status == VIA_DENIED || status == VIA_BAD_CERTIFICATE)
        return CLI_DENIED;
    return status == VIA_INVALID ? CLI_USAGE : CLI_FAILED;
}

static enum cli_exit complain_of_device(const char *place, enum via_status status)
{
    static const char *const words[] = {
        [VIA_NOT_FOUND] = "there is no such device, and no directory that it could come to",
        [VIA_UNSUPPORTED] = "this program has been built without libevdev",
    };
    const char *why = status == VIA_NOT_FOUND || status == VIA_UNSUPPORTED
                          ? words[status]
                          : via_status_name(status);
    (void)fprintf(stderr, "viaduct-event-broker: --evdev %s: %s\n", place, why);
    if (status == VIA_NOT_FOUND)
        return CLI_NOT_FOUND;
    if (status == VIA_UNSUPPORTED)
        return CLI_UNAVAILABLE;
    return status == VIA_INVALID ? CLI_USAGE : CLI_FAILED;
}

/* Where there is nothing yet, a device may come to be; where a file is, none does. */
static bool is_file(const char *place)
{
    struct stat stats;
    return stat(place, &stats) == 0 && S_ISREG(stats.st_mode);
}

static enum cli_exit open_devices(struct service *service, const struct devices *devices)
{
    struct inputs *inputs = &service->inputs;
    enum via_status status = inputs_read_map(inputs, devices->map);
    if (status != VIA_OK)
        return status == VIA_NO_MEMORY ? CLI_FAILED : CLI_USAGE;
    if (devices->n == 0)
        return CLI_OK;
    status = inputs_open(inputs, &service->broker, service->bell_proxy);
    for (unsigned i = 0; i < devices->n; i++) {
        if (is_file(devices->places[i])) {
            (void)fprintf(stderr,
                          "viaduct-event-broker: --evdev %s: it is a file, and no input device\n",
                          devices->places[i]);
            return CLI_USAGE;
        }
        if (status == VIA_OK)
            status = inputs_add(inputs, devices->places[i]);
        if (status != VIA_OK)
            return complain_of_device(devices->places[i], status);
    }
    status = inputs_start(inputs);
    return status == VIA_OK ? CLI_OK : complain_of_device("all", status);
}

static enum cli_exit complain_of_host(const char *option, const char *what, enum via_status status)
{
    (void)fprintf(stderr, "viaduct-event-broker: --%s: %s cannot be opened: %s\n", option, what,
                  via_status_name(status));
    if (status == VIA_NOT_FOUND)
        return CLI_NOT_FOUND;
    if (status == VIA_DENIED)
        return CLI_DENIED;
    return status == VIA_UNSUPPORTED ? CLI_UNAVAILABLE : CLI_FAILED;
}

static enum cli_exit open_host(struct service *service, const struct devices *devices)
{
    struct host_events *events = &service->host_events;
    enum via_status status;
    if (!devices->tells_filesystems && !devices->tells_devices)
        return CLI_OK;
    status = host_events_open(events, &service->broker, service->bell_proxy, service_new_number,
                              service);
    if (status == VIA_OK && devices->tells_filesystems) {
        status = host_events_add_filesystems(events, MOUNTS_FILE);
        if (status != VIA_OK)
            return complain_of_host("filesystems", MOUNTS_FILE, status);
    }
    if (status == VIA_OK && devices->tells_devices) {
        status = host_events_add_devices(events, &devices->subsystems);
        if (status != VIA_OK)
            return complain_of_host("devices", "the kernel's netlink of uevents", status);
    }
    if (status == VIA_OK)
        status = host_events_start(events);
    return status == VIA_OK
               ? CLI_OK
               : complain_of_host(devices->tells_filesystems ? "filesystems" : "devices",
                                  "what waits for it", status);
}

/* Waits for the signals that all other threads leave to it. Until the broker is there, which a
 * gateway that does not answer puts off for seconds, they end the process. */
struct waiter {
    pthread_t thread;
    struct service *service; /* borrowed */
    atomic_bool is_ready;
};

static void *wait_for_signal(void *user)
{
    struct waiter *waiter = user;
    sigset_t signals;
    int number;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigwait(&signals, &number);
    if (!atomic_load(&waiter->is_ready))
        _exit(CLI_OK);
    service_stop(waiter->service);
    return NULL;
}

static bool start_waiter(struct waiter *waiter)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return pthread_create(&waiter->thread, NULL, wait_for_signal, waiter) == 0;
}

static enum cli_exit serve(const struct service_options *options, const struct devices *devices)
{
    static struct waiter waiter; /* outlives whatever the signal's thread does */
    struct service *service = calloc(1, sizeof *service);
    if (service == NULL)
        return CLI_FAILED;
    waiter.service = service;
    atomic_init(&waiter.is_ready, false);
    if (!start_waiter(&waiter)) {
        (void)fputs("viaduct-event-broker: no_memory: there can be no thread\n", stderr);
        free(service);
        return CLI_FAILED;
    }
    const enum via_status status = service_open(service, options);
    enum cli_exit result =
        status == VIA_OK ? open_devices(service, devices) : report(service, status);
    if (result == CLI_OK)
        result = open_host(service, devices);
    if (result == CLI_OK) {
        atomic_store(&waiter.is_ready, true);
        (void)printf("viaduct-event-broker: ready name=%s\n", options->name);
        (void)fflush(stdout);
        service_run(service);
        (void)pthread_join(waiter.thread, NULL);
    }
    service_close(service);
    free(service);
    return result;
}

int main(int argc, char **argv)
{
    static struct service_options options = {.name = SERVICE_NAME, .hz = HZ_DEFAULT};
    static struct devices devices;
    (void)signal(SIGPIPE, SIG_IGN);
    limits_init(&options.limits);
    subsystems_init(&devices.subsystems);
    switch (read_options(argc, argv, &options, &devices)) {
    case WANT_HELP:
        (void)fputs(help, stdout);
        return CLI_OK;
    case WANT_VERSION:
        (void)puts("viaduct-event-broker " VIADUCT_VERSION);
        return CLI_OK;
    case WANT_USAGE:
        return CLI_USAGE;
    case WANT_RUN:
        break;
    }
    return (int)serve(&options, &devices);
}
