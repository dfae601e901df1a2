/*
 * What the gateway's directory says of paths, without asking a server.
 */
#pragma once

/* 1: some name, or the root, leads to this path; 0: none does; or a negative errno. */
int registry_covers(const char *path);
