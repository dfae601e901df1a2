/*
 * HCS from files: codecs/hcs.h with this host's own.
 */
#pragma once

#include "codecs/hcs.h"

/* As hcs_load(). VIA_NOT_FOUND, VIA_DENIED, VIA_IO: a file that cannot be read; fault->text names
 * it. */
VIA_MUST_USE enum via_status hcs_file_load(const char *path, struct hcs_tree **treep,
                                           struct hcs_fault *fault);
