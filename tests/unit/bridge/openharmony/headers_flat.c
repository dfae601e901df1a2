/*
 * The kit's headers without their folder, as the system's own tree includes them. Compiled, not
 * run.
 */
#include "ipc_kit.h"

typedef OHIPCParcel *(*create_fn)(void);
extern const create_fn create;
const create_fn create = OH_IPCParcel_Create;
