/*
 * Portfolio: errors. An error is a negative number that says who found it and what it is:
 * 0x80000000 | object << 25 | id << 13 | severity << 11 | environment << 9 | class << 8 | number.
 *
 * Source: docs/event-broker.md, "Errors"; the system's operror.h.
 */
#pragma once

#include "item.h"
#include "nodes.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** Make6Bit() - a letter or digit in six bits */
#define Make6Bit(n) ((n) >= 'a' ? (n) - 'a' + 11 : ((n) <= '9' ? (n) - '0' + 1 : (n) - 'A' + 37))
#define MAKE6BIT(n) Make6Bit(n)

#define ERR_ERRSIZE 8
#define ERR_CLASSIZE 1
#define ERR_ENVSIZE 2
#define ERR_SEVERESIZE 2
#define ERR_IDSIZE 12
#define ERR_OBJSIZE 6
#define ERR_ERRSHIFT 0
#define ERR_CLASHIFT (ERR_ERRSHIFT + ERR_ERRSIZE)
#define ERR_ENVSHIFT (ERR_CLASHIFT + ERR_CLASSIZE)
#define ERR_SEVERESHIFT (ERR_ENVSHIFT + ERR_ENVSIZE)
#define ERR_IDSHIFT (ERR_SEVERESHIFT + ERR_SEVERESIZE)
#define ERR_OBJSHIFT (ERR_IDSHIFT + ERR_IDSIZE)

/** MakeErr() - an error.
 * @o: who found it, ER_FOLI and the like; @id: which, by MakeErrId(); @svr: ER_INFO and the like;
 * @env: ER_E_...; @cls: ER_C_STND: @er is a number of all; ER_C_NSTND: of @id's own */
#define MakeErr(o, id, svr, env, cls, er)                                                          \
    ((Err)(0x80000000u | (uint32)(o) << ERR_OBJSHIFT | (uint32)(id) << ERR_IDSHIFT |               \
           (uint32)(svr) << ERR_SEVERESHIFT | (uint32)(env) << ERR_ENVSHIFT |                      \
           (uint32)(cls) << ERR_CLASHIFT | (uint32)(er) << ERR_ERRSHIFT))
#define MAKEERR(o, id, svr, env, cls, er) MakeErr(o, id, svr, env, cls, er)
/** MakeErrId() - of two letters or digits */
#define MakeErrId(ch1, ch2) ((Make6Bit(ch1) << 6) | Make6Bit(ch2))
#define MAKEERRID(ch1, ch2) MakeErrId(ch1, ch2)
/** MakeKErr() - of the kernel */
#define MakeKErr(svr, cls, er) MakeErr(ER_FOLI, ER_KRNL, svr, ER_E_SSTM, cls, er)
#define MAKEKERR(svr, cls, er) MakeKErr(svr, cls, er)
/** MakeTErr() - of a task */
#define MakeTErr(id, svr, cls, er) MakeErr(ER_TASK, id, svr, ER_E_SSTM, cls, er)
#define MAKETERR(id, svr, cls, er) MakeTErr(id, svr, cls, er)
/** MakeLErr() - of a library */
#define MakeLErr(id, svr, cls, er) MakeErr(ER_LINKLIB, id, svr, ER_E_SSTM, cls, er)
#define MAKELERR(id, svr, cls, er) MakeLErr(id, svr, cls, er)

/* who */
#define ER_FOLI Make6Bit('F')
#define ER_DEVC Make6Bit('D')
#define ER_TASK Make6Bit('T')
#define ER_LINKLIB Make6Bit('L')
#define ER_USER Make6Bit('U')
#define ER_KRNL MakeErrId('K', 'r')

/* how bad */
#define ER_INFO 0
#define ER_WARN 1
#define ER_SEVERE 2
#define ER_SEVER ER_SEVERE
#define ER_KYAGB 3
#define ER_FATAL ER_KYAGB

/* whose code */
#define ER_E_SSTM 0
#define ER_E_APPL 1
#define ER_E_USER 2

/* whose number */
#define ER_C_STND 0
#define ER_C_NSTND 1

/* numbers of all */
#define ER_BadItem 1
#define ER_BadTagArg 2
#define ER_BadTagArgVal 3
#define ER_NotPrivileged 4
#define ER_NotFound 5
#define ER_NoMem 6
#define ER_BadSubType 7
#define ER_SoftErr 8
#define ER_BadPtr 9
#define ER_Aborted 10
#define ER_BadUnit 11
#define ER_BadCommand 12
#define ER_BadIOArg 13
#define ER_BadName 14
#define ER_IONotDone 15
#define ER_NotSupported 16
#define ER_IOIncomplete 17
#define ER_NotOwner 18
#define ER_DeviceOffline 19
#define ER_DeviceError 20
#define ER_MediaError 21
#define ER_EndOfMedium 22
#define ER_ParamError 23
#define ER_NoSignals 24
#define ER_NoHardware 25

/* the kernel's own */
#define ER_Kr_BadType 1
#define ER_Kr_ItemNotOpen 5
#define ER_Kr_ItemTableFull 6
#define ER_Kr_NoSigs 8
#define ER_Kr_MsgSent 9
#define ER_Kr_NoReplyPort 10
#define ER_Kr_BadSize 11
#define ER_Kr_BadPriority 12
#define ER_Kr_ThreadError 13
#define ER_Kr_BadStackSize 15
#define ER_Kr_CantOpen 17
#define ER_Kr_ReplyPortNeeded 21
#define ER_Kr_IllegalSignal 22
#define ER_Kr_BadLockArg 23
#define ER_Kr_CantSetOwner 25
#define ER_Kr_ItemStillOpened 26
#define ER_Kr_UniqueItemExists 27

/* the kernel's, by one word */
#define BADITEM MakeKErr(ER_SEVERE, ER_C_STND, ER_BadItem)
#define BADTAG MakeKErr(ER_SEVERE, ER_C_STND, ER_BadTagArg)
#define BADTAGVAL MakeKErr(ER_SEVERE, ER_C_STND, ER_BadTagArgVal)
#define BADPRIV MakeKErr(ER_SEVERE, ER_C_STND, ER_NotPrivileged)
#define NOMEM MakeKErr(ER_SEVERE, ER_C_STND, ER_NoMem)
#define BADSUBTYPE MakeKErr(ER_SEVERE, ER_C_STND, ER_BadSubType)
#define BADPTR MakeKErr(ER_SEVERE, ER_C_STND, ER_BadPtr)
#define ABORTED MakeKErr(ER_SEVERE, ER_C_STND, ER_Aborted)
#define BADUNIT MakeKErr(ER_SEVERE, ER_C_STND, ER_BadUnit)
#define BADCOMMAND MakeKErr(ER_SEVERE, ER_C_STND, ER_BadCommand)
#define BADIOARG MakeKErr(ER_SEVERE, ER_C_STND, ER_BadIOArg)
#define BADNAME MakeKErr(ER_SEVERE, ER_C_STND, ER_BadName)
#define NOSUPPORT MakeKErr(ER_SEVERE, ER_C_STND, ER_NotSupported)
#define IOINCOMPLETE MakeKErr(ER_SEVERE, ER_C_STND, ER_IOIncomplete)
#define NOTOWNER MakeKErr(ER_SEVERE, ER_C_STND, ER_NotOwner)
#define BADSIZE MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadSize)
#define ILLEGALSIGNAL MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_IllegalSignal)

/** GetSysErr() - what an error says, in words: TEB-Severe-System-Standard-no such port, say; of a
 * number that has none <NNN>; of 0 and more that it is no error.
 * @buff: cut to @buffsize octets, with its NUL
 * Return: its length; BADPTR (NULL); 0 (@buffsize is 0 or less) */
int32 GetSysErr(char *buff, int32 buffsize, Err err);
/** PrintfSysErr() - GetSysErr() on stdout, as a line */
void PrintfSysErr(Err err);
/** PrintError() - likewise, behind who could not do what with whom; NULL or "": nothing to say */
void PrintError(const char *who, const char *what, const char *whom, Err err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
