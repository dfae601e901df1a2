/*
 * Tells systemd how we are, where it asked for that (Type=notify).
 */
#pragma once

/* @state as sd_notify(3) has it. Nothing happens without $NOTIFY_SOCKET. */
void systemd_notify(const char *state);
