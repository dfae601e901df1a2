/*
 * The command `viaduct-certs`: a command of the table, then its words; options may stand anywhere.
 * Which options a command takes is in its row.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs/date.h"
#include "certs/order.h"

#define DAYS_MAX 36500u

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum option_key {
    OPTION_DNS = 256,
    OPTION_IP,
    OPTION_SAN,
    OPTION_NAME,
    OPTION_DAYS,
    OPTION_NOT_BEFORE,
    OPTION_NOT_AFTER,
    OPTION_USAGE,
    OPTION_FORCE,
    OPTION_RENEW,
    OPTION_HELP
};

static const struct option options[] = {
    {"dns", required_argument, NULL, OPTION_DNS},
    {"ip", required_argument, NULL, OPTION_IP},
    {"san", required_argument, NULL, OPTION_SAN},
    {"name", required_argument, NULL, OPTION_NAME},
    {"days", required_argument, NULL, OPTION_DAYS},
    {"not-before", required_argument, NULL, OPTION_NOT_BEFORE},
    {"not-after", required_argument, NULL, OPTION_NOT_AFTER},
    {"usage", required_argument, NULL, OPTION_USAGE},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"renew", no_argument, NULL, OPTION_RENEW},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

#define BIT(option) (1u << ((option)-OPTION_DNS))
#define DATES (BIT(OPTION_DAYS) | BIT(OPTION_NOT_BEFORE) | BIT(OPTION_NOT_AFTER))
#define KEYS (BIT(OPTION_FORCE) | BIT(OPTION_RENEW))

struct command {
    const char *name;
    const char *words; /* what follows it */
    int n_words;
    unsigned options; /* that it takes */
    enum certificate_usage usage;
    enum via_status (*run)(const struct order *order, struct fault *fault);
};

static const struct command commands[] = {
    {"dev", "DIR", 1, BIT(OPTION_DAYS), CERTIFICATE_SERVER, order_dev},
    {"ca", "DIR", 1, DATES | KEYS | BIT(OPTION_NAME), CERTIFICATE_CA, order_ca},
    {"server", "DIR NAME", 2, DATES | KEYS | BIT(OPTION_DNS) | BIT(OPTION_IP) | BIT(OPTION_USAGE),
     CERTIFICATE_SERVER, order_certificate},
    {"client", "DIR NAME", 2, DATES | KEYS | BIT(OPTION_SAN) | BIT(OPTION_USAGE),
     CERTIFICATE_CLIENT, order_certificate},
    {"revoke", "DIR CERT", 2, BIT(OPTION_DAYS) | BIT(OPTION_NOT_AFTER), CERTIFICATE_CA,
     order_revoke},
    {"crl", "DIR", 1, BIT(OPTION_DAYS) | BIT(OPTION_NOT_AFTER), CERTIFICATE_CA, order_crl},
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

static const char help[] =
    "viaduct-certs - certificates for gateways and their clients\n"
    "\n"
    "  viaduct-certs dev ~/.local/share/viaduct/dev      all that one machine needs to try it\n"
    "  viaduct-certs ca /etc/viaduct/certs               an authority of your own\n"
    "  viaduct-certs server /etc/viaduct/certs gw1 --dns gw1.example --ip 192.0.2.1\n"
    "\n"
    "Commands:\n"
    "  dev DIR           authority, server (localhost and this host), client and revocation list;\n"
    "                    keeps what is there, renews what has less than 30 days left\n"
    "  ca DIR            ca.pem, ca.key and an empty crl.pem\n"
    "  server DIR NAME   NAME.pem and NAME.key, for the names given, else for NAME itself\n"
    "  client DIR NAME   NAME.pem and NAME.key; who it is: the first --san, else NAME\n"
    "  revoke DIR CERT   adds a certificate, a file or a NAME in DIR, to crl.pem\n"
    "  crl DIR           writes crl.pem anew, for another year\n"
    "\n"
    "Options:\n"
    "  --dns N, --ip A   server: a name or address it has; may be given again\n"
    "  --san N           client: a DNS name or a URI that says who it is\n"
    "  --name N          ca: what it is called\n"
    "  --days N          how long it is good: 3650 for a ca, 365 for all else at first\n"
    "  --not-before D    YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ\n"
    "  --not-after D\n"
    "  --usage U         server, client or none: for tests that want a wrong one\n"
    "  --renew           a new certificate for the key that is there\n"
    "  --force           a new key in place of the one that is there\n"
    "\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage.\n";

/* @word is what was given, or NULL. */
static enum exit_status fail_usage(const char *words, const char *word)
{
    (void)fprintf(stderr, "viaduct-certs: %s", words);
    if (word != NULL)
        (void)fprintf(stderr, ", not '%s'", word);
    (void)fputs("\nTry: viaduct-certs --help\n", stderr);
    return EXIT_USAGE;
}

/* ---- values ---- */

static bool read_days(const char *text, unsigned *daysp)
{
    char *end = NULL;
    errno = 0;
    unsigned long days = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || days == 0 ||
        days > DAYS_MAX)
        return false;
    *daysp = (unsigned)days;
    return true;
}

static bool read_usage(const char *text, enum certificate_usage *usagep)
{
    static const struct {
        const char *name;
        enum certificate_usage usage;
    } usages[] = {{"server", CERTIFICATE_SERVER},
                  {"client", CERTIFICATE_CLIENT},
                  {"none", CERTIFICATE_NEITHER}};
    for (size_t i = 0; i < sizeof usages / sizeof usages[0]; i++) {
        if (strcmp(text, usages[i].name) == 0) {
            *usagep = usages[i].usage;
            return true;
        }
    }
    return false;
}

static bool add_name(struct order *order, const char *name)
{
    if (order->n_names == CERTIFICATE_NAMES_MAX)
        return false;
    order->names[order->n_names++] = name;
    return true;
}

/* What is wrong with the value of @key; NULL when nothing is. */
static const char *take_option(struct order *order, int key, const char *value, bool *usagep)
{
    switch (key) {
    case OPTION_DNS:
    case OPTION_IP:
    case OPTION_SAN:
        return add_name(order, value) ? NULL : "a certificate takes at most 32 names";
    case OPTION_NAME:
        order->subject = value;
        return NULL;
    case OPTION_DAYS:
        return read_days(value, &order->days) ? NULL : "--days takes 1 to 36500";
    case OPTION_NOT_BEFORE:
        return date_read(value, &order->not_before) ? NULL : "--not-before takes YYYY-MM-DD";
    case OPTION_NOT_AFTER:
        return date_read(value, &order->not_after) ? NULL : "--not-after takes YYYY-MM-DD";
    case OPTION_USAGE:
        *usagep = true;
        return read_usage(value, &order->usage) ? NULL : "--usage takes server, client or none";
    case OPTION_FORCE:
        order->force = true;
        return NULL;
    case OPTION_RENEW:
        order->renew = true;
        return NULL;
    default:
        return "there is no such option";
    }
}

/* ---- the command line ---- */

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    }
    return NULL;
}

static const char *option_name(unsigned bits)
{
    for (const struct option *option = options; option->name != NULL; option++) {
        if ((bits & BIT(option->val)) != 0)
            return option->name;
    }
    return "";
}

static enum exit_status run(const struct command *command, const struct order *order)
{
    struct fault fault = {.text = ""};
    enum via_status status = command->run(order, &fault);
    if (status == VIA_OK && fflush(stdout) == 0)
        return EXIT_DONE;
    (void)fprintf(stderr, "viaduct-certs: %s\n",
                  status == VIA_OK ? "cannot write to standard output" : fault.text);
    return status == VIA_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

static enum exit_status start(struct order *order, unsigned given, bool usage_given, int n_words,
                              char **words)
{
    if (n_words == 0)
        return fail_usage("a command is missing", NULL);
    const struct command *command = find_command(words[0]);
    if (command == NULL)
        return fail_usage("the command is dev, ca, server, client, revoke or crl", words[0]);
    if (n_words - 1 != command->n_words) {
        (void)fprintf(stderr, "viaduct-certs: usage: viaduct-certs %s %s\n", command->name,
                      command->words);
        return EXIT_USAGE;
    }
    unsigned extra = given & ~command->options;
    if (extra != 0) {
        (void)fprintf(stderr, "viaduct-certs: %s does not take --%s\n", command->name,
                      option_name(extra));
        return EXIT_USAGE;
    }
    if (order->force && order->renew)
        return fail_usage("--force and --renew exclude each other", NULL);

    order->folder = words[1];
    if (command->n_words > 1)
        order->subject = words[2];
    if (!usage_given)
        order->usage = command->usage;
    if (command->usage == CERTIFICATE_SERVER && order->n_names == 0 && order->subject != NULL)
        (void)add_name(order, order->subject);
    return run(command, order);
}

int main(int argc, char **argv)
{
    struct order order = {.folder = NULL};
    unsigned given = 0;
    bool usage_given = false;
    if (argc < 2) {
        (void)fputs(help, stdout);
        return EXIT_DONE;
    }
    int key;
    while ((key = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (key == OPTION_HELP || key == 'h') {
            (void)fputs(help, stdout);
            return EXIT_DONE;
        }
        if (key == '?')
            return EXIT_USAGE; /* getopt has said why */
        const char *fault = take_option(&order, key, optarg, &usage_given);
        if (fault != NULL)
            return (int)fail_usage(fault, optarg);
        given |= BIT(key);
    }
    return (int)start(&order, given, usage_given, argc - optind, argv + optind);
}
