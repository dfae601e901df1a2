/*
 * OpenHarmony Ability Kit: a library of one's own in a child process that serves requests.
 *
 * The library defines two functions with C linkage, which no header declares:
 *
 *     OHIPCRemoteStub *NativeChildProcess_OnConnect(void);   gives the stub; the library keeps it
 *     void NativeChildProcess_MainProc(void);                 the child ends when it returns
 *
 * Source of every behaviour here: docs/openharmony.md, "Child processes", and the system's
 * native_child_process.h.
 */
#ifndef OHOS_ABILITY_RUNTIME_C_NATIVE_CHILD_PROCESS_H
#define OHOS_ABILITY_RUNTIME_C_NATIVE_CHILD_PROCESS_H

#include "../IPCKit/ipc_cparcel.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** Ability_NativeChildProcess_ErrCode - what starting a child came to */
typedef enum Ability_NativeChildProcess_ErrCode {
    NCP_NO_ERROR = 0,
    NCP_ERR_INVALID_PARAM = 401,
    NCP_ERR_NOT_SUPPORTED = 801,      /* the gateway starts no children */
    NCP_ERR_INTERNAL = 16000050,      /* it died before it reported, or could not be started */
    NCP_ERR_BUSY = 16010001,          /* never: several starts may be under way */
    NCP_ERR_TIMEOUT = 16010002,       /* the gateway that starts it did not answer in time */
    NCP_ERR_SERVICE_ERROR = 16010003, /* no gateway could be reached */
    NCP_ERR_MULTI_PROCESS_DISABLED = 16010004,      /* the gateway's config forbids this library */
    NCP_ERR_ALREADY_IN_CHILD = 16010005,            /* children have no children */
    NCP_ERR_MAX_CHILD_PROCESSES_REACHED = 16010006, /* 50 */
    NCP_ERR_LIB_LOADING_FAILED = 16010007, /* no such library, or it lacks one of the functions */
    NCP_ERR_CONNECTION_FAILED = 16010008,  /* NativeChildProcess_OnConnect() returned NULL */
    NCP_ERR_CALLBACK_NOT_EXIST = 16010009,
    NCP_ERR_INVALID_PID = 16010010
} Ability_NativeChildProcess_ErrCode;

/**
 * OH_Ability_OnNativeChildProcessStarted - the outcome of a start
 * @errCode:     NCP_NO_ERROR or why not
 * @remoteProxy: on NCP_NO_ERROR the library's stub, OH_IPCRemoteProxy_Destroy() it; else NULL
 *
 * Runs once for each start that was begun, on a thread of the kit's own.
 */
typedef void (*OH_Ability_OnNativeChildProcessStarted)(int errCode, OHIPCRemoteProxy *remoteProxy);

/**
 * OH_Ability_CreateNativeChildProcess() - starts a library in a child process
 * @libName:          an absolute path, or a name that is looked for by the loader's own rules, in
 *                    the executable's directory, in its ../lib, in the working directory
 * @onProcessStarted: told the outcome
 *
 * With VIADUCT_GATEWAY=wss://... the child runs on that gateway's host, if its config allows the
 * library. Otherwise it runs here and ends with this process.
 *
 * Waits until the callback has returned, but 5 s at most, and not at all on a worker or in such a
 * callback; then the callback may come later.
 *
 * Return: NCP_NO_ERROR: the callback tells or has told; NCP_ERR_INVALID_PARAM,
 * NCP_ERR_ALREADY_IN_CHILD, NCP_ERR_MAX_CHILD_PROCESSES_REACHED, NCP_ERR_INTERNAL: it never runs.
 */
int OH_Ability_CreateNativeChildProcess(const char *libName,
                                        OH_Ability_OnNativeChildProcessStarted onProcessStarted);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
