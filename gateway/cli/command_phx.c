/*
 * viaduct phx: its commands, and what is said when one fails. A fault is one line, COMMAND: PATH:
 * ERRNO: WORDS where a server said it; where none was asked or answered, the core's status.
 */
#include "gateway/cli/command_phx.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/cli/fault.h"

static const struct {
    const char *name;
    int n_words, n_more; /* at least, and as many more at most */
    enum cli_exit (*run)(struct phx_shell *shell, char **words, int n_words);
    const char *usage;
} verbs[] = {
    {"cat", 1, 0, phx_cat, "cat takes one PATH"},
    {"ls", 0, 1, phx_ls, "ls takes at most one PATH"},
    {"mkdir", 1, 0, phx_mkdir, "mkdir takes one PATH"},
    {"mount", 2, 2, phx_mount, "mount takes SERVER PATH, or DEVICE PATH FSTYPE [OPTIONS]"},
    {"put", 1, 1, phx_put, "put takes PATH [FILE]"},
    {"rm", 1, 0, phx_rm, "rm takes one PATH"},
    {"stat", 1, 0, phx_show, "stat takes one PATH"},
    {"umount", 1, 0, phx_umount, "umount takes one PATH"},
};

void phx_print(const char *text)
{
    for (; *text != '\0'; text++)
        putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

enum cli_exit phx_print_json(const struct phx_shell *shell, struct buffer *out)
{
    const enum via_status status = out->status;
    if (status == VIA_OK)
        printf("%.*s\n", (int)out->size, (const char *)out->data);
    buffer_deinit(out);
    return status == VIA_OK ? CLI_OK : fault_report(shell->cli, shell->path, status, NULL);
}

enum cli_exit phx_fail(const struct phx_shell *shell, int32_t err)
{
    char doing[PHX_PATH_MAX + 16];
    if (shell->asker.status != VIA_OK) {
        (void)snprintf(doing, sizeof doing, "%s: %s", shell->cli->command, shell->path);
        return fault_report(shell->cli, doing, shell->asker.status, NULL);
    }
    const char *name = phoenix_name_of(&phoenix_errors, -(uint32_t)err);
    fprintf(stderr, "viaduct %s: %s: ", shell->cli->command, shell->path);
    if (err == -ENOENT && shell->asker.is_unserved)
        fprintf(stderr, "ENOENT: no server has it; `viaduct ls phoenix:` shows their names\n");
    else if (name != NULL)
        fprintf(stderr, "%s: %s\n", name, strerror(-err));
    else
        fprintf(stderr, "error %d\n", err);
    switch (err) {
    case -ENOENT:
        return CLI_NOT_FOUND;
    case -EACCES:
    case -EPERM:
        return CLI_DENIED;
    default:
        return CLI_FAILED;
    }
}

enum cli_exit phx_result(const struct phx_shell *shell, int32_t err)
{
    return err < 0 ? phx_fail(shell, err) : CLI_OK;
}

enum cli_exit command_phx(struct cli *cli)
{
    struct phx_shell shell = {
        .cli = cli,
        .path = "/",
        .asker = {.node = cli->node, .timeout_ms = cli->timeout_ms, .status = VIA_OK},
    };
    for (size_t i = 0; cli->n_words > 0 && i < sizeof verbs / sizeof *verbs; i++) {
        const int n_words = cli->n_words - 1;
        if (strcmp(cli->words[0], verbs[i].name) != 0)
            continue;
        if (n_words < verbs[i].n_words || n_words > verbs[i].n_words + verbs[i].n_more)
            return fault_usage(cli, verbs[i].usage);
        if (n_words > 0)
            shell.path = cli->words[1];
        return verbs[i].run(&shell, cli->words + 1, n_words);
    }
    return fault_usage(cli, "takes ls, cat, put, stat, mkdir, rm, mount or umount, and a PATH");
}
