/*
 * viaduct bind, unbind, bindings, and ls --waiting: which service a client's interface means, and
 * who waits for one. `bindings` prints as Legato's own tool does, for scripts that read that.
 */
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "bridge/binding_call.h"
#include "codecs/binding_text.h"
#include "codecs/control.h"
#include "codecs/json_write.h"
#include "gateway/cli/fault.h"

#define FAMILY "legato"
#define INDENT "        "

/* ---- changing ---- */

static enum cli_exit report(struct cli *cli, enum via_status status)
{
    char doing[BINDING_END_SIZE + BINDING_HOST_MAX + 16];
    (void)snprintf(doing, sizeof doing, "%sing %s", cli->command, cli->words[0]);
    switch (status) {
    case VIA_OK:
        return CLI_OK;
    case VIA_DENIED:
        fprintf(stderr,
                "viaduct: %s: denied: bindings are for root and the gateway's own user, on its "
                "host\n",
                doing);
        return CLI_DENIED;
    case VIA_NOT_FOUND:
        fprintf(stderr, "viaduct: %s: the gateway knows no such user%s\n", doing,
                cli->n_words == 1 ? ", or no rule binds it" : "");
        return CLI_NOT_FOUND;
    case VIA_INVALID:
        fprintf(stderr,
                "viaduct: %s: only services that are published at this gateway can be bound; "
                "leave the host out\n",
                doing);
        return CLI_USAGE;
    case VIA_BUSY:
        fprintf(stderr, "viaduct: %s: limits.max_bindings are there\n", doing);
        return CLI_FAILED;
    default:
        return fault_report(cli, doing, status, NULL);
    }
}

/* Whether it is written well; else it has been said. */
static bool check(const struct cli *cli, const char *word, bool is_server)
{
    struct binding_end end;
    struct binding_fault fault;
    if (binding_text_end(word, is_server, &end, &fault) == VIA_OK)
        return true;
    fprintf(stderr, "viaduct %s: %s: column %u: %s\n", cli->command, word, fault.column,
            fault.text);
    return false;
}

enum cli_exit command_bind(struct cli *cli)
{
    if (cli->n_words != 2)
        return fault_usage(cli, "takes CLIENT SERVER, such as: '<joe>.door' house.door");
    if (!check(cli, cli->words[0], false) || !check(cli, cli->words[1], true))
        return CLI_USAGE;
    return report(cli, binding_call_change(cli->node, FAMILY, cli->words[0], cli->words[1]));
}

enum cli_exit command_unbind(struct cli *cli)
{
    if (cli->n_words != 1)
        return fault_usage(cli, "takes CLIENT, such as: '<joe>.door'");
    if (!check(cli, cli->words[0], false))
        return CLI_USAGE;
    return report(cli, binding_call_change(cli->node, FAMILY, cli->words[0], NULL));
}

/* ---- users ---- */

/* Numbers are names here: on the gateway's own host they are the same, and on another one the
 * number is all there is. */
static void name_user(const struct cli *cli, uint32_t uid, char name[BINDING_USER_MAX + 1])
{
    bool is_here = strncmp(cli->gateway, "wss:", 4) != 0;
    const struct passwd *user = is_here ? getpwuid(uid) : NULL;
    if (uid == BINDING_ANY_USER)
        (void)snprintf(name, BINDING_USER_MAX + 1, "*");
    else if (user != NULL)
        (void)snprintf(name, BINDING_USER_MAX + 1, "%s", user->pw_name);
    else
        (void)snprintf(name, BINDING_USER_MAX + 1, "%u", uid);
}

/* What the directory calls nobody's is what bindings call `nobody`. */
static uint32_t bound_uid(uint32_t uid)
{
    return uid == UINT32_MAX ? BINDING_REMOTE_UID : uid;
}

/* ---- lists ---- */

struct lists {
    const struct cli *cli; /* borrowed */
    struct buffer out;
    bool any; /* in the list at hand */
};

static void put(struct buffer *out, const char *text)
{
    buffer_add(out, text, strlen(text));
}

/* A name may hold anything; a terminal gets only what it can show. */
static void put_safely(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++)
        buffer_add_octet(out, (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : (uint8_t)*text);
}

static void put_end(struct buffer *out, const char *user, const char *interface)
{
    char text[BINDING_END_SIZE];
    binding_text_write(user, interface, text, sizeof text);
    put_safely(out, text);
}

static void put_json(struct buffer *out, const char *before, const char *text)
{
    put(out, before);
    json_write_string(out, text, strlen(text));
}

static void put_json_end(struct buffer *out, const char *before, const char *user,
                         const char *interface)
{
    const char *app = binding_text_app(user);
    put(out, before);
    put_json(out, app != NULL ? "{\"app\":" : "{\"user\":", app != NULL ? app : user);
    put_json(out, ",\"interface\":", interface);
    put(out, "}");
}

static void begin(struct lists *lists)
{
    if (lists->any && lists->cli->json)
        put(&lists->out, ",");
    if (!lists->cli->json)
        put(&lists->out, INDENT);
    lists->any = true;
}

static void add_binding(void *user, const struct binding_row *row)
{
    struct lists *lists = user;
    struct buffer *out = &lists->out;
    begin(lists);
    if (lists->cli->json) {
        put_json_end(out, "{\"client\":", row->client_user, row->interface);
        put_json_end(out, ",\"service\":", row->server_user, row->name);
        put(out, "}");
    } else {
        put_end(out, row->client_user, row->interface);
        put(out, " -> ");
        put_end(out, row->server_user, row->name);
        put(out, "\n");
    }
}

static void add_service(void *user, const struct via_entry *entry)
{
    struct lists *lists = user;
    struct buffer *out = &lists->out;
    char name[BINDING_USER_MAX + 1];
    name_user(lists->cli, bound_uid(entry->uid), name);
    begin(lists);
    if (lists->cli->json) {
        put_json_end(out, "{\"service\":", name, entry->name);
        put(out, ",\"pid\":");
        json_write_i64(out, entry->pid);
        put(out, ",\"maxMessageSize\":");
        json_write_u64(out, entry->message_size);
        put_json(out, ",\"protocolId\":", entry->protocol);
        put(out, "}");
    } else {
        put_end(out, name, entry->name);
        put(out, "  (protocol ID = '");
        put_safely(out, entry->protocol);
        put(out, "', max message size = ");
        json_write_u64(out, entry->message_size);
        put(out, " bytes)\n");
    }
}

static void add_waiting(void *user, const struct waiting_row *row)
{
    struct lists *lists = user;
    struct buffer *out = &lists->out;
    char client[BINDING_USER_MAX + 1], server[BINDING_USER_MAX + 1], pid[24];
    name_user(lists->cli, row->client_uid, client);
    name_user(lists->cli, row->server_uid, server);
    if (row->state != WAITING_UNBOUND && row->state != WAITING_BOUND)
        return;
    begin(lists);
    if (lists->cli->json) {
        put_json_end(out, "{\"client\":", client, row->interface);
        put(out, ",\"pid\":");
        json_write_i64(out, row->pid);
        if (row->state == WAITING_BOUND)
            put_json_end(out, ",\"service\":", server, row->name);
        put_json(out, ",\"protocolId\":", row->protocol);
        put(out, "}");
        return;
    }
    (void)snprintf(pid, sizeof pid, "[pid %5d] ", row->pid);
    put(out, pid);
    put_end(out, client, row->interface);
    put(out, row->state == WAITING_BOUND ? " WAITING for " : " UNBOUND");
    if (row->state == WAITING_BOUND)
        put_end(out, server, row->name);
    put(out, "  (protocol ID = '");
    put_safely(out, row->protocol);
    put(out, "')\n");
}

static void head(struct lists *lists, const char *text, const char *json)
{
    lists->any = false;
    if (lists->cli->json) {
        put(&lists->out, json);
    } else {
        put(&lists->out, lists->out.size == 0 ? "" : "\n");
        put(&lists->out, text);
    }
}

static enum cli_exit finish(struct cli *cli, struct lists *lists, enum via_status status)
{
    if (status == VIA_OK)
        status = lists->out.status;
    if (status == VIA_OK)
        (void)fwrite(lists->out.data, 1, lists->out.size, stdout);
    buffer_deinit(&lists->out);
    return status == VIA_OK ? CLI_OK : fault_report(cli, cli->command, status, NULL);
}

enum cli_exit command_bindings(struct cli *cli)
{
    struct lists lists = {.cli = cli};
    if (cli->n_words != 0)
        return fault_usage(cli, "takes no words");
    buffer_init(&lists.out, SIZE_MAX);
    head(&lists, "BINDINGS\n\n", "{\"bindings\":[");
    enum via_status status = binding_call_list(cli->node, FAMILY, add_binding, &lists);
    head(&lists, "SERVICES\n\n", "],\"services\":[");
    if (status == VIA_OK)
        status = via_node_list(cli->node, FAMILY, NULL, add_service, &lists);
    head(&lists, "WAITING CLIENTS\n\n", "],\"waiting\":[");
    if (status == VIA_OK)
        status = binding_call_waiting(cli->node, FAMILY, add_waiting, &lists);
    put(&lists.out, cli->json ? "]}\n" : "\n");
    return finish(cli, &lists, status);
}

/* ---- ls --waiting ---- */

static void add_line(void *user, const struct waiting_row *row)
{
    static const char *const words[] = {[WAITING_PLAIN] = "WAITING for the name",
                                        [WAITING_UNBOUND] = "UNBOUND",
                                        [WAITING_BOUND] = "WAITING for ",
                                        [WAITING_NO_MORE] = "BOUND to "};
    static const char *const states[] = {
        [WAITING_PLAIN] = "plain",
        [WAITING_UNBOUND] = "unbound",
        [WAITING_BOUND] = "waiting",
        [WAITING_NO_MORE] = "bound",
    };
    struct lists *lists = user;
    struct buffer *out = &lists->out;
    char server[BINDING_USER_MAX + 1], text[96];
    if (row->state > WAITING_NO_MORE)
        return; /* of a newer gateway */
    bool has_service = row->state == WAITING_BOUND || row->state == WAITING_NO_MORE;
    name_user(lists->cli, row->server_uid, server);
    if (lists->cli->json) {
        if (lists->any)
            put(out, ",");
        put_json(out, "\n{\"family\":", row->family);
        put_json(out, ",\"interface\":", row->interface);
        (void)snprintf(text, sizeof text, ",\"pid\":%d,\"uid\":%u", row->pid, row->client_uid);
        put(out, text);
        put_json(out, ",\"state\":", states[row->state]);
        if (has_service)
            put_json_end(out, ",\"service\":", server, row->name);
        put_json(out, ",\"protocol\":", row->protocol);
        put(out, "}");
    } else {
        if (!lists->any)
            put(out, "FAMILY           PID        UID  INTERFACE, WHAT FOR, PROTOCOL\n");
        size_t start = out->size;
        put_safely(out, row->family);
        while (out->size - start < 12)
            put(out, " ");
        (void)snprintf(text, sizeof text, "%8d %10u  ", row->pid, row->client_uid);
        put(out, text);
        put_safely(out, row->interface);
        put(out, "  ");
        put(out, words[row->state]);
        if (has_service)
            put_end(out, server, row->name);
        if (row->protocol[0] != '\0')
            put(out, "  ");
        put_safely(out, row->protocol);
        put(out, "\n");
    }
    lists->any = true;
}

enum cli_exit command_waiting(struct cli *cli)
{
    struct lists lists = {.cli = cli};
    if (cli->n_words != 0)
        return fault_usage(cli, "--waiting takes no PATTERN");
    buffer_init(&lists.out, SIZE_MAX);
    if (cli->json)
        put(&lists.out, "[");
    enum via_status status = binding_call_waiting(cli->node, "", add_line, &lists);
    if (cli->json)
        put(&lists.out, "\n]\n");
    else if (status == VIA_OK && !lists.any)
        fprintf(stderr, "viaduct: nobody waits, or is bound to what it has open, at %s\n",
                cli->gateway);
    return finish(cli, &lists, status);
}
