/*
 * The command `viaduct`: options, then one command of the table, then its words. Options may stand
 * anywhere.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli/cli.h"
#include "gateway/cli/fault.h"

struct command {
    const char *name;
    cli_command_fn run;
    cli_link_fn link_changed; /* NULL: it ends with its link */
};

static const struct command commands[] = {
    {.name = "bind", .run = command_bind},
    {.name = "bindings", .run = command_bindings},
    {.name = "call", .run = command_call},
    {.name = "hcs", .run = command_hcs},
    {.name = "ls", .run = command_ls},
    {.name = "mount", .run = command_mount, .link_changed = command_mount_link},
    {.name = "phx", .run = command_phx},
    {.name = "ping", .run = command_ping},
    {.name = "pod", .run = command_pod},
    {.name = "send", .run = command_send},
    {.name = "unbind", .run = command_unbind},
    {.name = "watch", .run = command_watch, .link_changed = command_watch_link},
};

/* In two, as no compiler has to take a longer one. */
static const char help_commands[] =
    "viaduct - services of another process or host, from the command line\n"
    "\n"
    "  viaduct ls                                  what is there\n"
    "  viaduct call calculator 1 '[{\"str16\":\"viaduct.example.calculator\"}, 2, 3]'\n"
    "                                              call code 1: a token, two integers\n"
    "  viaduct --gateway wss://device:8443 --ca ca.pem --cert me.pem --key me.key watch clock\n"
    "                                              events of a service on another host\n"
    "\n"
    "Commands:\n"
    "  ls [PATTERN]                     names, with * and ?, also FAMILY:PATTERN\n"
    "  call SERVICE CODE [JSON]         call and print the reply; SERVICE is NAME or FAMILY:NAME\n"
    "  send SERVICE CODE [JSON]         send without waiting for a reply\n"
    "  watch SERVICE                    print events as they come; ends when the service dies\n"
    "                                   (a lost link or gateway it waits for, and says so)\n"
    "  ping                             round trips to the gateway\n"
    "  bind CLIENT SERVER               which service a client's interface means, as in\n"
    "                                   bind '<joe>.door' house.door (<USER> or an application)\n"
    "  unbind CLIENT                    that no longer\n"
    "  bindings                         bindings, services, and clients that wait for either\n"
    "  hcs check FILE...                are they right? faults as FILE:LINE:COLUMN: WORDS\n"
    "  hcs tree FILE                    what they come to, as HCS or (--json) as JSON\n"
    "  hcs get FILE PATH                one value or node: get device.hcs device_info.match_attr\n"
    "  phx ls [PATH]                    servers of files of Phoenix-RTOS: mode, size, name\n"
    "  phx cat PATH, phx put PATH [FILE]  a file out, and in, from FILE or standard input\n"
    "  phx stat PATH                    attributes, and whose object it is\n"
    "  phx mkdir PATH, phx rm PATH      a directory; away with a file or an empty directory\n"
    "  phx mount SERVER PATH, phx mount DEVICE PATH FSTYPE [OPTIONS], phx umount PATH\n"
    "  mount PATH DIR                   files of Phoenix-RTOS servers as a directory here;\n"
    "                                   back with fusermount3 -u DIR\n"
    "  pod ls                           pods of an event broker: number, type, classes\n"
    "  pod feed NAME [FILE]             be a pod: what it says, a JSON object a line, from FILE "
    "or\n"
    "                                   standard input; what it is told is printed\n"
    "  pod record FILE                  what pods say from now on; - for standard output\n"
    "  pod replay FILE                  say it again, at the times at which it was said\n"
    "  pod map [FILE]                   what input devices are as pods; with FILE laid over it\n"
    "  help [COMMAND]                   this, or what of it is about one command\n"
    "\n";
static const char help_options[] =
    "Options:\n"
    "  --gateway URL      unix:PATH or wss://host:port; else $VIADUCT_GATEWAY, else this host's\n"
    "  --ca F             certificates to trust; else $VIADUCT_CA\n"
    "  --cert F --key F   who we are; else $VIADUCT_CERT, $VIADUCT_KEY\n"
    "  --json             print JSON\n"
    "  -f, --foreground   mount: stay until it is unmounted\n"
    "  --allow-other      mount: other users may enter, too (a user needs user_allow_other in\n"
    "                     /etc/fuse.conf for that)\n"
    "  --server-ids       mount: owners and groups are the servers', not ours\n"
    "  --waiting          ls: not the names, but who waits for one, and who is bound to one and "
    "has it open\n"
    "  --unanswered       ls: names with requests that wait for an answer: how many, how long the "
    "oldest\n"
    "                     does, and whose it is\n"
    "  --broker NAME      pod: the event broker, also HOST/NAME; else $VIADUCT_EVENTBROKER, else\n"
    "                     eventbroker\n"
    "  --type TYPE        pod feed: BASIC_CONTROL_PAD at first, MOUSE, ANALOG_JOYSTICK, "
    "KEYBOARD...\n"
    "  --step             pod replay, pod record: fields go by as the recording says, on an event\n"
    "                     broker that was started with --step\n"
    "  --timeout MS       of one call; 0: no limit; 30000 at first\n"
    "  --from WHERE       watch: latest, now, or EPOCH:NUMBER of the last event seen\n"
    "  --count N          watch: end after N events; ping: how many; pod record: lines\n"
    "  --ids 1,2          watch: only events with these ids\n"
    "  --every MS         watch: at most one of each id in so many milliseconds\n"
    "  --change X         watch: only values that differ from the last by at least X; 0: at all\n"
    "  --range LOW:HIGH   watch: only values within; either end may be left out\n"
    "  --value N          watch: which number of an event --change and --range look at; 0 at "
    "first\n"
    "  --age MS           watch: no kept events that are older\n"
    "  --policy P         watch: oldest, newest or disconnect, when we do not keep up\n"
    "\n"
    "Values: 7 is an i32, 1.5 an f64, \"text\" a str, true a bool, null a null str; the rest is "
    "said:\n"
    "{\"i64\":\"5\"} {\"u8\":7} {\"f32\":1.5} {\"bytes\":\"base64\"} {\"str16\":\"text\"} and so "
    "on.\n"
    "\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 denied, 5 dead, 6 timeout, 7 no "
    "gateway,\n8 not possible on this host.\n";

#define TIMEOUT_MS_DEFAULT 30000u

enum option_key {
    OPTION_GATEWAY = 256,
    OPTION_CA,
    OPTION_CERT,
    OPTION_KEY,
    OPTION_JSON,
    OPTION_WAITING,
    OPTION_UNANSWERED,
    OPTION_TIMEOUT,
    OPTION_FROM,
    OPTION_COUNT,
    OPTION_FILTER, /* named as the filter's parts are */
    OPTION_ALLOW_OTHER,
    OPTION_SERVER_IDS,
    OPTION_BROKER,
    OPTION_TYPE,
    OPTION_STEP,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option options[] = {
    {"gateway", required_argument, NULL, OPTION_GATEWAY},
    {"ca", required_argument, NULL, OPTION_CA},
    {"cert", required_argument, NULL, OPTION_CERT},
    {"key", required_argument, NULL, OPTION_KEY},
    {"json", no_argument, NULL, OPTION_JSON},
    {"waiting", no_argument, NULL, OPTION_WAITING},
    {"unanswered", no_argument, NULL, OPTION_UNANSWERED},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"from", required_argument, NULL, OPTION_FROM},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"ids", required_argument, NULL, OPTION_FILTER},
    {"every", required_argument, NULL, OPTION_FILTER},
    {"change", required_argument, NULL, OPTION_FILTER},
    {"range", required_argument, NULL, OPTION_FILTER},
    {"age", required_argument, NULL, OPTION_FILTER},
    {"value", required_argument, NULL, OPTION_FILTER},
    {"policy", required_argument, NULL, OPTION_FILTER},
    {"foreground", no_argument, NULL, 'f'},
    {"allow-other", no_argument, NULL, OPTION_ALLOW_OTHER},
    {"server-ids", no_argument, NULL, OPTION_SERVER_IDS},
    {"broker", required_argument, NULL, OPTION_BROKER},
    {"type", required_argument, NULL, OPTION_TYPE},
    {"step", no_argument, NULL, OPTION_STEP},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static bool set_filter(struct event_filter *filter, const char *name, const char *value)
{
    char words[EVENT_FILTER_WORDS_MAX];
    if (event_filter_set(filter, name, value, words) == VIA_OK)
        return true;
    fprintf(stderr, "viaduct: --%s, not '%s'\n", words, value);
    return false;
}

/* A whole number up to @most; false says on stderr what is wrong. */
static bool read_number(const char *option, const char *text, uint64_t most, uint64_t *numberp)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number > most) {
        fprintf(stderr, "viaduct: --%s takes a whole number up to %llu, not '%s'\n", option,
                (unsigned long long)most, text);
        return false;
    }
    *numberp = number;
    return true;
}

static const char *default_gateway(void)
{
    const char *gateway = getenv("VIADUCT_GATEWAY");
    return gateway == NULL || gateway[0] == '\0' ? "this host's gateway" : gateway;
}

static enum cli_exit run(struct cli *cli, const struct command *command)
{
    cli->node_options.size = sizeof cli->node_options;
    cli->node_options.name = "viaduct";
    cli->node_options.link_changed = command->link_changed;
    cli->node_options.link_user = cli;
    enum via_status status = via_node_create(&cli->node_options, &cli->node);
    if (status != VIA_OK) {
        fprintf(stderr, "viaduct: %s: --gateway takes unix:PATH or wss://host:port\n",
                via_status_name(status));
        return CLI_USAGE;
    }
    enum cli_exit result = command->run(cli);
    cli->node = via_node_destroy(cli->node);
    if (fflush(stdout) != 0 && result == CLI_OK) {
        fprintf(stderr, "viaduct: cannot write the result: %s\n", strerror(errno));
        result = CLI_FAILED;
    }
    return result;
}

static enum cli_exit unknown_command(const struct cli *cli, const char *name)
{
    (void)cli;
    fprintf(stderr, "viaduct: there is no command '%s'; there are", name);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(stderr, " %s", commands[i].name);
    fputs("\nTry: viaduct --help\n", stderr);
    return CLI_USAGE;
}

static void print_help(void)
{
    fputs(help_commands, stdout);
    fputs(help_options, stdout);
}

/* Lines of the help that begin with the command's name or option, and those that go on from them.
 */
static enum cli_exit show_help(const struct cli *cli)
{
    char start[64], option[64];
    bool goes_on = false, found = false;
    if (cli->n_words == 0) {
        print_help();
        return CLI_OK;
    }
    const size_t before = (size_t)snprintf(start, sizeof start, "  %.32s", cli->words[0]);
    const size_t size = (size_t)snprintf(option, sizeof option, " %.32s: ", cli->words[0]);
    const char *parts[] = {strstr(help_commands, "\nCommands:\n") + 1, help_options};
    for (size_t i = 0; i < 2; i++)
        for (const char *line = parts[i]; *line != '\0'; line += strcspn(line, "\n") + 1) {
            const char *about = memmem(line, strcspn(line, "\n"), option, size);
            const bool begins =
                strncmp(line, start, before) == 0 && strchr(" ,\n", line[before]) != NULL;
            goes_on = begins || about != NULL || (goes_on && strncmp(line, "    ", 4) == 0);
            found = found || begins;
            if (goes_on)
                printf("%.*s\n", (int)strcspn(line, "\n"), line);
        }
    return found ? CLI_OK : unknown_command(cli, cli->words[0]);
}

int main(int argc, char **argv)
{
    struct cli cli = {.timeout_ms = TIMEOUT_MS_DEFAULT, .gateway = default_gateway()};
    uint64_t number = 0;
    int index = 0;
    for (int key; (key = getopt_long(argc, argv, "fh", options, &index)) != -1;) {
        switch (key) {
        case OPTION_GATEWAY:
            cli.node_options.gateway = optarg;
            cli.gateway = optarg;
            break;
        case OPTION_CA:
            cli.node_options.ca = optarg;
            break;
        case OPTION_CERT:
            cli.node_options.cert = optarg;
            break;
        case OPTION_KEY:
            cli.node_options.key = optarg;
            break;
        case OPTION_JSON:
            cli.json = true;
            break;
        case OPTION_WAITING:
            cli.waiting = true;
            break;
        case OPTION_UNANSWERED:
            cli.unanswered = true;
            break;
        case OPTION_TIMEOUT:
            if (!read_number("timeout", optarg, UINT32_MAX - 1, &number))
                return CLI_USAGE;
            cli.timeout_ms = (uint32_t)number;
            break;
        case OPTION_FROM:
            cli.from = optarg;
            break;
        case OPTION_FILTER:
            if (!set_filter(&cli.filter, options[index].name, optarg))
                return CLI_USAGE;
            break;
        case OPTION_COUNT:
            if (!read_number("count", optarg, UINT64_MAX, &cli.count))
                return CLI_USAGE;
            break;
        case 'f':
            cli.foreground = true;
            break;
        case OPTION_ALLOW_OTHER:
            cli.allow_other = true;
            break;
        case OPTION_SERVER_IDS:
            cli.server_ids = true;
            break;
        case OPTION_BROKER:
            cli.broker = optarg;
            break;
        case OPTION_TYPE:
            cli.pod_type = optarg;
            break;
        case OPTION_STEP:
            cli.step = true;
            break;
        case 'h':
        case OPTION_HELP:
            print_help();
            return CLI_OK;
        case OPTION_VERSION:
            puts("viaduct " VIADUCT_VERSION);
            return CLI_OK;
        default:
            fputs("Try: viaduct --help\n", stderr);
            return CLI_USAGE;
        }
    }
    if (optind == argc) {
        print_help();
        return argc == 1 ? CLI_OK : CLI_USAGE;
    }
    const char *name = argv[optind];
    cli.n_words = argc - optind - 1;
    cli.words = argv + optind + 1;
    if (strcmp(name, "help") == 0)
        return (int)show_help(&cli);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(name, commands[i].name) == 0) {
            cli.command = name;
            return (int)run(&cli, &commands[i]);
        }
    return (int)unknown_command(&cli, name);
}
