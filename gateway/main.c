/*
 * viaductd: the gateway as a daemon. Its command line says what the configuration file may say too,
 * and stands over it.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <viaduct/gateway.h>

#include "bridge/log.h"
#include "gateway/config.h"
#include "gateway/gateway.h"
#include "gateway/systemd.h"

#define EXIT_USAGE 2
#define EXIT_TAKEN 3 /* socket or address: another one has it */
#define VERSION "0.1.0"

static struct via_gateway *running;

static void stop(int number)
{
    (void)number;
    via_gateway_stop(running);
}

static void reload(int number)
{
    (void)number;
    via_gateway_reload(running);
}

static void reloaded(const struct gateway *gateway, enum via_status status)
{
    if (status == VIA_OK)
        log_set_level(gateway->config.log);
}

static void help(FILE *out)
{
    (void)fputs(
        "viaductd: carries local IPC to other hosts\n"
        "\n"
        "usage: viaductd [--config FILE] [--socket PATH] [--listen HOST:PORT]...\n"
        "                [--cert FILE --key FILE --client-ca FILE [--crl FILE]]\n"
        "\n"
        "  --config FILE       JSON; what is said here stands over it\n"
        "  --socket PATH       local socket; $XDG_RUNTIME_DIR/viaduct.sock, for root\n"
        "                      /run/viaduct/viaduct.sock\n"
        "  --listen HOST:PORT  TLS WebSockets and HTTPS; port 0 takes any that is free\n"
        "  --cert FILE         our certificate (PEM)\n"
        "  --key FILE          its private key\n"
        "  --client-ca FILE    who signs for the clients that may connect\n"
        "  --crl FILE          revoked certificates\n"
        "  --take-over         in the place of the gateway that runs, if one does: no session\n"
        "                      and no call is lost\n"
        "  --print-config      shows the whole configuration with its limits, and ends\n"
        "  --limits            says what each limit means, and ends\n"
        "  --version, --help\n"
        "\n"
        "examples:\n"
        "  viaductd\n"
        "  viaductd --listen 127.0.0.1:7443 --cert gw.pem --key gw.key --client-ca ca.pem\n"
        "  viaductd --config /etc/viaduct.json --print-config\n"
        "\n"
        "SIGHUP, or a change of its files, makes it read them again.\n"
        "\n"
        "exit status: 0 stopped by a signal, 1 failed, 2 usage or configuration,\n"
        "             3 socket or address taken\n",
        out);
}

static void print_limits(void)
{
    for (size_t i = 0; i < config_n_limits; i++) {
        const struct config_limit *limit = &config_limit_table[i];
        (void)printf("%-22s %llu %s\n    %s; from %llu to %llu\n", limit->name,
                     (unsigned long long)limit->value, limit->unit, limit->text,
                     (unsigned long long)limit->least, (unsigned long long)limit->most);
    }
}

enum want { WANT_RUN, WANT_CONFIG, WANT_LIMITS, WANT_HELP, WANT_VERSION };

/* Reads the command line; false: it was wrong, and has been told. */
static bool read_arguments(int argc, char **argv, struct via_gateway_options *options,
                           const char **listen, enum want *wantp)
{
    enum {
        CONFIG = 256,
        SOCKET,
        LISTEN,
        CERT,
        KEY,
        CLIENT_CA,
        CRL,
        TAKE_OVER,
        PRINT,
        LIMITS,
        HELP,
        VERSIONS
    };
    static const struct option known[] = {
        {"config", required_argument, NULL, CONFIG},
        {"socket", required_argument, NULL, SOCKET},
        {"listen", required_argument, NULL, LISTEN},
        {"cert", required_argument, NULL, CERT},
        {"key", required_argument, NULL, KEY},
        {"client-ca", required_argument, NULL, CLIENT_CA},
        {"crl", required_argument, NULL, CRL},
        {"take-over", no_argument, NULL, TAKE_OVER},
        {"print-config", no_argument, NULL, PRINT},
        {"limits", no_argument, NULL, LIMITS},
        {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSIONS},
        {NULL, 0, NULL, 0},
    };
    unsigned n_listen = 0;
    int option;
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        switch (option) {
        case CONFIG:
            options->config = optarg;
            break;
        case SOCKET:
            options->socket = optarg;
            break;
        case LISTEN:
            if (n_listen == CONFIG_LISTENS_MAX) {
                (void)fprintf(stderr, "viaductd: more than %u --listen\n", CONFIG_LISTENS_MAX);
                return false;
            }
            listen[n_listen++] = optarg;
            options->listen = listen;
            break;
        case CERT:
            options->cert = optarg;
            break;
        case KEY:
            options->key = optarg;
            break;
        case CLIENT_CA:
            options->client_ca = optarg;
            break;
        case CRL:
            options->crl = optarg;
            break;
        case TAKE_OVER:
            options->take_over = 1;
            break;
        case PRINT:
            *wantp = WANT_CONFIG;
            break;
        case LIMITS:
            *wantp = WANT_LIMITS;
            break;
        case HELP:
        case 'h':
            *wantp = WANT_HELP;
            break;
        case VERSIONS:
            *wantp = WANT_VERSION;
            break;
        default:
            (void)fputs("viaductd: try --help\n", stderr);
            return false;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "viaductd: '%s' is no option; try --help\n", argv[optind]);
        return false;
    }
    return true;
}

static int print_config(const struct via_gateway_options *options)
{
    struct config config;
    struct config_fault fault = {"out of memory"};
    enum via_status status = config_init(&config);
    if (status == VIA_OK)
        status = config_apply(&config, options, &fault);
    if (status == VIA_OK)
        config_print(&config, stdout);
    else
        (void)fprintf(stderr, "viaductd: %s\n", fault.text);
    config_deinit(&config);
    return status == VIA_OK ? EXIT_SUCCESS : EXIT_USAGE;
}

static int status_to_exit(enum via_status status)
{
    if (status == VIA_EXISTS || status == VIA_BUSY)
        return EXIT_TAKEN;
    bool configured_wrong =
        status == VIA_INVALID || status == VIA_NOT_FOUND || status == VIA_BAD_CERTIFICATE;
    return configured_wrong ? EXIT_USAGE : EXIT_FAILURE;
}

/* To standard error, at the configuration's level; VIADUCT_LOG stands over it. What is wrong with
 * the configuration is told by whoever uses it. */
static void log_as_configured(const struct via_gateway_options *options)
{
    struct config config;
    struct config_fault fault;
    if (getenv("VIADUCT_LOG") != NULL)
        return;
    if (config_init(&config) != VIA_OK)
        return;
    if (config_apply(&config, options, &fault) == VIA_OK)
        log_set_sink(log_to_stderr, NULL, config.log);
    config_deinit(&config);
}

static void say_ready(const struct via_gateway *gateway)
{
    (void)printf("viaductd: ready socket=%s", via_gateway_socket(gateway));
    const char *address;
    for (unsigned i = 0; (address = via_gateway_address(gateway, i)) != NULL; i++)
        (void)printf("%s%s", i == 0 ? " listen=" : ",", address);
    (void)fputc('\n', stdout);
    (void)fflush(stdout);
}

static int run(const struct via_gateway_options *options)
{
    char words[1024];
    log_as_configured(options);
    enum via_status status = via_gateway_create(options, words, sizeof words, &running);
    if (status != VIA_OK) {
        (void)fprintf(stderr, "viaductd: %s\n", words);
        return status_to_exit(status);
    }
    struct sigaction action = {.sa_handler = stop};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    action.sa_handler = reload;
    (void)sigaction(SIGHUP, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    gateway_of_via(running)->reloaded = reloaded;
    say_ready(running);
    systemd_notify("READY=1");
    status = via_gateway_run(running);
    action.sa_handler = SIG_DFL; /* before it goes: a late signal must not find it */
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGHUP, &action, NULL);
    running = via_gateway_destroy(running);
    if (status == VIA_OK)
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "viaductd: ended by an error of the system: %s\n",
                  via_status_name(status));
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct via_gateway_options options = {.size = sizeof options};
    const char *listen[CONFIG_LISTENS_MAX + 1] = {NULL};
    enum want want = WANT_RUN;
    if (!read_arguments(argc, argv, &options, listen, &want))
        return EXIT_USAGE;
    switch (want) {
    case WANT_HELP:
        help(stdout);
        return EXIT_SUCCESS;
    case WANT_VERSION:
        (void)puts("viaductd " VERSION);
        return EXIT_SUCCESS;
    case WANT_LIMITS:
        print_limits();
        return EXIT_SUCCESS;
    case WANT_CONFIG:
        return print_config(&options);
    case WANT_RUN:
        break;
    }
    return run(&options);
}
