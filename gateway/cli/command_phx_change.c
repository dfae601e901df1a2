/*
 * viaduct phx mkdir, rm, mount, umount: what changes names.
 *
 * Mounting is one message to the server of the directory that is covered: what is found there from
 * then on. A device is first told to start its filesystem, and says where that has its root.
 */
#include <errno.h>
#include <string.h>

#include "gateway/cli/command_phx.h"
#include "gateway/cli/fault.h"

#define PERMISSIONS 0755u

enum cli_exit phx_mkdir(struct phx_shell *shell, char **words, int n_words)
{
    struct phoenix_oid dir, made;
    char name[PHX_NAME_MAX + 1];
    (void)n_words;
    int32_t err = phx_find_parent(&shell->asker, words[0], &dir, name);
    if (err >= 0)
        err =
            phx_create(&shell->asker, &dir, name, PHX_DIR, PHX_MODE_DIR | PERMISSIONS, NULL, &made);
    return phx_result(shell, err);
}

enum cli_exit phx_rm(struct phx_shell *shell, char **words, int n_words)
{
    struct phoenix_oid dir;
    struct phx_node node;
    char name[PHX_NAME_MAX + 1];
    (void)n_words;
    int32_t err = phx_find(&shell->asker, words[0], false, &node);
    if (err >= 0)
        err = phx_find_parent(&shell->asker, words[0], &dir, name);
    if (err >= 0)
        err = phx_unlink(&shell->asker, &dir, name, &node.fil);
    return phx_result(shell, err);
}

/* ---- mount ---- */

/* Its filesystem is started; *rootp is where that begins. */
static int32_t start(struct phx_shell *shell, const struct phoenix_oid *device,
                     const struct phoenix_oid *covered, const char *fstype, const char *options,
                     struct phoenix_oid *rootp)
{
    struct phx_message message = {.type = PHOENIX_MOUNT, .oid = *device};
    phx_set_oid(&message, "mnt", covered);
    phx_set_chars(&message, "fstype", fstype);
    message.data = options; /* its NUL is not counted */
    message.size = strlen(options);
    int32_t err = phx_send(&shell->asker, &message);
    if (err >= 0)
        *rootp = phx_get_oid(&message, "oid");
    return err;
}

enum cli_exit phx_mount(struct phx_shell *shell, char **words, int n_words)
{
    struct phx_node source, covered;
    int64_t type = PHX_DEVICE;
    const bool is_device = n_words > 2;
    if (is_device && strlen(words[2]) >= PHOENIX_CHARS_SIZE)
        return fault_usage(shell->cli, "mount: FSTYPE has at most 15 octets");
    int32_t err = phx_find(&shell->asker, words[0], true, &source);
    if (err < 0)
        return phx_fail(shell, err);
    if (!is_device) {
        err = phx_attribute(&shell->asker, &source.dev, "atType", &type);
        if (shell->asker.status != VIA_OK)
            return phx_fail(shell, err);
        if (type != PHX_DIR)
            return fault_usage(shell->cli,
                               "mount: that is no directory; a device's filesystem has an FSTYPE: "
                               "mount DEVICE PATH FSTYPE [OPTIONS]");
    }
    shell->path = words[1];
    err = phx_find(&shell->asker, words[1], true, &covered);
    if (err >= 0 && phx_is_elsewhere(&covered))
        err = -EBUSY;
    if (err >= 0 && is_device) {
        shell->path = words[0];
        err = start(shell, &source.dev, &covered.fil, words[2], n_words > 3 ? words[3] : "",
                    &source.dev);
    }
    if (err < 0)
        return phx_fail(shell, err);
    shell->path = words[1];
    return phx_result(shell, phx_cover(&shell->asker, &covered.fil, &source.dev));
}

enum cli_exit phx_umount(struct phx_shell *shell, char **words, int n_words)
{
    struct phx_message message = {.type = PHOENIX_UMOUNT};
    struct phx_node node;
    (void)n_words;
    int32_t err = phx_find(&shell->asker, words[0], false, &node);
    if (err >= 0 && !phx_is_elsewhere(&node))
        err = -EINVAL;
    if (err >= 0)
        err = phx_cover(&shell->asker, &node.fil, &node.fil);
    if (err < 0)
        return phx_fail(shell, err);
    message.oid = node.dev;
    (void)phx_send(&shell->asker, &message); /* its server may be gone */
    return CLI_OK;
}
