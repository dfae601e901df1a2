/*
 * A program of Portfolio for tests in Python that break what is around it: it says "ready", then
 * does what each line of its standard input says, and says in one line what came of it. ITEMs are
 * numbers as it said them, or as another one did. A word "-" is none.
 *
 *   port NAME [unique]             a port: its number
 *   std PORT PRI NAME, buf PORT PRI SIZE, small PORT PRI   a message: its number
 *   delete ITEM                    DeleteItem()
 *   find NAME                      FindMsgPort()
 *   look ITEM                      the name of the port that CheckItem() gives, in quotes
 *   send PORT MSG TEXT             SendMsg()
 *   words PORT MSG A B             SendSmallMsg()
 *   get PORT, wait PORT MSG        what GetMsg() and WaitPort() give, and what is in it
 *   count PORT                     how many messages are on it, by its list
 *   this MSG                       GetThisMsg()
 *   reply MSG RESULT TEXT, replywords MSG RESULT A B
 *   fill PORT N SIZE               sends N messages with SIZE octets there: how many were sent
 *   drain N SUM                    waits for N of them: how many had result SUM and came whole
 *   serve PORT N SIZE              replies to N of them with what they brought, and the result 7
 *   ask PORT N SIZE                N of them there and back, one by one: how many had the result 7
 *   poll PORT                      GetMsg() until there is one, without ever waiting
 *   busy PORT                      likewise, once its signal came among those to itself
 *   watch PORT                     likewise, once LookupItem() shows one in its list
 *   outcome MSG                    LookupItem() until it is replied: its result
 *   fork PORT                      a child sends "child" to PORT, or to that name: what came back
 *   thread PORT                    a thread of its own sends "thread" there: what came back
 *   mortal PORT                    likewise, and ends at once: what SendMsg() gave; "ended"
 *   through PORT                   a thread sends on what is sent to it, and ends: what SendMsg()
 *                                  gave; "ended"; what came back
 *   listen BROKER MSG CATEGORY MASK0 MASK2 QUEUE   EB_Configure: what SendMsg() gave
 *   pod BROKER MSG FLAVOR POD WAIT                 a request about a pod: likewise
 *   record PORT                    waits for a record and replies to it: its events, and the first
 *                                  word of data of each in hexadecimal, "72 3:8000000"
 *   exit                           as it stands
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event.h"
#include "kernel.h"
#include "msgport.h"
#include "task.h"

#define WORDS_MAX 8
#define FILL_MAX 20000

static char *words[WORDS_MAX];
static Item fill_port, fill_messages[FILL_MAX];
static int n_filled, fill_size;

static void say(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
}

static void say_number(int32 number)
{
    printf("%d\n", number);
    fflush(stdout);
}

static Item item_at(int i)
{
    return (Item)strtol(words[i], NULL, 0);
}

static const char *text_at(int i)
{
    return words[i] == NULL || strcmp(words[i], "-") == 0 ? NULL : words[i];
}

static int32 size_of(const char *text)
{
    return text != NULL ? (int32)strlen(text) + 1 : 0;
}

/* ---- messages ---- */

static void say_message(Item item)
{
    const Message *message = item > 0 ? LookupItem(item) : NULL;
    if (message == NULL) {
        say_number(item);
        return;
    }
    printf("%d result=%d size=%d priority=%d capacity=%u reply=%d name=%s ", item,
           (int32)message->msg_Result, message->msg_DataSize, message->msg.n_Priority,
           message->msg_DataPtrSize, message->msg_ReplyPort,
           message->msg.n_Name != NULL ? message->msg.n_Name : "-");
    if ((message->msg.n_Flags & MESSAGE_SMALL) != 0)
        printf("words=%u,%u\n", (uint32)(uintptr_t)message->msg_DataPtr,
               (uint32)message->msg_DataSize);
    else
        printf("data=%s\n", message->msg_DataSize > 0 ? (const char *)message->msg_DataPtr : "-");
    fflush(stdout);
}

static void look(Item item)
{
    const MsgPort *port = CheckItem(item, KERNELNODE, MSGPORTNODE);
    if (port == NULL)
        say("none");
    else
        printf("\"%s\" %d\n", port->mp.n_Name != NULL ? port->mp.n_Name : "NULL", port->mp.n_Item);
    fflush(stdout);
}

static void count(Item item)
{
    (void)GetCurrentSignals(); /* what has come is taken in by that */
    const MsgPort *port = LookupItem(item);
    const Node *node;
    int n = 0;
    ScanList(&port->mp_Msgs, node, const Node) n++;
    say_number(n);
}

/* ---- many ---- */

static char *block_of(int seed, int size)
{
    char *block = malloc((size_t)size + 1);
    for (int i = 0; i < size; i++)
        block[i] = (char)(seed * 7 + i);
    return block;
}

static void fill(Item port, int n, int size)
{
    int n_sent = 0;
    if (fill_port == 0)
        fill_port = CreateMsgPort(NULL, 0, 0);
    fill_size = size;
    for (n_filled = 0; n_filled < n; n_filled++) {
        char *block = block_of(n_filled, size);
        fill_messages[n_filled] = CreateMsg(NULL, 0, fill_port);
        n_sent += SendMsg(port, fill_messages[n_filled], block, size) == 0;
        free(block);
    }
    say_number(n_sent);
}

/* Where the answer is an error there is nothing in it. */
static bool came_well(Item item, int32 result)
{
    const Message *message = LookupItem(item);
    int i = 0;
    while (i < n_filled && fill_messages[i] != item)
        i++;
    char *block = block_of(i, fill_size);
    bool is_whole =
        message->msg_DataSize == (result < 0 ? 0 : fill_size) &&
        (message->msg_DataSize == 0 || memcmp(message->msg_DataPtr, block, (size_t)fill_size) == 0);
    free(block);
    return is_whole && (int32)message->msg_Result == result;
}

static void drain(int n, int32 result)
{
    int n_well = 0;
    for (int i = 0; i < n; i++) {
        Item item = WaitPort(fill_port, 0);
        n_well += item > 0 && came_well(item, result);
        DeleteMsg(item);
    }
    say_number(n_well);
}

static void ask(Item port, int n, int size)
{
    Item own = CreateMsgPort(NULL, 0, 0), message = CreateMsg(NULL, 0, own);
    char *block = block_of(0, size);
    int n_well = 0;
    for (int i = 0; i < n; i++) {
        n_well += SendMsg(port, message, block, size) == 0 && WaitPort(own, message) == message &&
                  (int32)((const Message *)LookupItem(message))->msg_Result == 7;
    }
    free(block);
    DeleteMsg(message);
    DeleteMsgPort(own);
    say_number(n_well);
}

static void serve(Item port, int n, int size)
{
    int n_well = 0;
    for (int i = 0; i < n; i++) {
        Item item = WaitPort(port, 0);
        const Message *message = LookupItem(item);
        n_well += message != NULL && message->msg_DataSize == size &&
                  ReplyMsg(item, 7, message->msg_DataPtr, message->msg_DataSize) == 0;
    }
    say_number(n_well);
}

static void poll_port(Item port)
{
    Item item;
    do
        item = GetMsg(port);
    while (item == 0);
    say_message(item);
}

/* It never has to wait: there is always a signal of its own. */
static void be_busy(Item port)
{
    uint32 own = (uint32)AllocSignal(0), its = ((const MsgPort *)LookupItem(port))->mp_Signal;
    Item item;
    do {
        (void)SendSignal(0, own);
        item = ((uint32)WaitSignal(own | its) & its) != 0 ? GetMsg(port) : 0;
    } while (item == 0);
    (void)FreeSignal(own);
    say_message(item);
}

static void watch(Item port)
{
    const MsgPort *public;
    do
    public
    = LookupItem(port);
    while (IsEmptyList(&public->mp_Msgs))
        ;
    say_message(GetMsg(port));
}

static void say_outcome(Item item)
{
    const Message *message;
    do
        message = LookupItem(item);
    while ((message->msg.n_Flags & MESSAGE_REPLIED) == 0);
    say_number((int32)message->msg_Result);
}

/* ---- a broker ---- */

static void listen_to(Item broker, Item message)
{
    ConfigurationRequest request = {
        {EB_Configure}, (enum ListenerCategory)item_at(3), {0}, {0}, 0, {0}};
    request.cr_TriggerMask[0] = (uint32)strtoul(words[4], NULL, 0);
    request.cr_TriggerMask[2] = (uint32)strtoul(words[5], NULL, 0);
    request.cr_QueueMax = item_at(6);
    say_number(SendMsg(broker, message, &request, sizeof request));
}

static void ask_about_pod(Item broker, Item message)
{
    PodData request = {{(enum EventBrokerFlavor)item_at(3)}, item_at(4), item_at(5), 0, {0}};
    say_number(SendMsg(broker, message, &request, sizeof request));
}

static void hear_record(Item port)
{
    Item item = WaitPort(port, 0);
    const Message *message = LookupItem(item);
    const EventFrame *frame =
        message != NULL && message->msg_DataSize > 0
            ? (const void *)((const EventBrokerHeader *)message->msg_DataPtr + 1)
            : NULL;
    if (frame == NULL || message->msg_ReplyPort == port) {
        say_message(item);
        return;
    }
    for (const char *space = ""; frame->ef_ByteCount != 0; space = " ") {
        printf("%s%d", space, frame->ef_EventNumber);
        if (frame->ef_ByteCount > sizeof(EventFrameHeader))
            printf(":%x", frame->ef_EventData[0]);
        frame = (const void *)((const char *)frame + frame->ef_ByteCount);
    }
    (void)ReplyMsg(item, 0, NULL, 0);
    say("");
}

/* ---- elsewhere in this process, and in a child ---- */

static Item elsewhere;
static char elsewhere_name[64]; /* where that is 0 */

static void send_text(const char *text)
{
    if (elsewhere == 0)
        elsewhere = FindMsgPort(elsewhere_name);
    Item port = CreateMsgPort(NULL, 0, 0);
    Item message = CreateMsg(NULL, 0, port);
    Err err = SendMsg(elsewhere, message, text, size_of(text));
    if (err < 0)
        say_number(err);
    else
        say_message(WaitPort(port, message));
}

static void in_thread(void)
{
    send_text("thread");
}

static void in_child(Item own)
{
    if (own != 0 && LookupItem(own) != NULL && CheckItem(own, KERNELNODE, MSGPORTNODE) == NULL)
        say("the parent's");
    send_text("child");
    _exit(0); /* what the parent had is not its to give back */
}

static void fork_child(Item port, const char *name)
{
    elsewhere = port;
    (void)snprintf(elsewhere_name, sizeof elsewhere_name, "%s", name);
    pid_t child = fork();
    if (child == 0)
        in_child(fill_port);
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0)
        say_number(status);
}

/* It ends with its message under way. */
static void in_mortal_thread(void)
{
    Item port = CreateMsgPort(NULL, 0, 0);
    say_number(SendMsg(elsewhere, CreateMsg(NULL, 0, port), "mortal", 7));
}

static void start_mortal(Item port)
{
    elsewhere = port;
    (void)CreateThread("mortal", 0, in_mortal_thread, 0);
    (void)WaitSignal(SIGF_DEADTASK);
    say("ended");
}

static void in_middle_thread(void)
{
    Item port = CreateMsgPort("middle", 0, 0);
    Item message = WaitPort(port, 0);
    say_number(SendMsg(elsewhere, message, "on", 3));
}

/* By a thread that has ended when the answer comes. */
static void send_through(Item port)
{
    elsewhere = port;
    (void)CreateThread("middle", 0, in_middle_thread, 0);
    Item middle;
    do
        middle = FindMsgPort("middle");
    while (middle < 0);
    Item own = CreateMsgPort(NULL, 0, 0), message = CreateMsg(NULL, 0, own);
    (void)SendMsg(middle, message, "first", 6);
    (void)WaitSignal(SIGF_DEADTASK);
    say("ended");
    say_message(WaitPort(own, message));
    DeleteMsg(message);
    DeleteMsgPort(own);
}

/* ---- */

static bool about_items(const char *word)
{
    if (strcmp(word, "port") == 0)
        say_number(words[2] != NULL ? CreateUniqueMsgPort(text_at(1), 0, 0)
                                    : CreateMsgPort(text_at(1), 0, 0));
    else if (strcmp(word, "std") == 0)
        say_number(CreateMsg(text_at(3), (uint8)item_at(2), item_at(1)));
    else if (strcmp(word, "buf") == 0)
        say_number(CreateBufferedMsg(NULL, (uint8)item_at(2), item_at(1), (uint32)item_at(3)));
    else if (strcmp(word, "small") == 0)
        say_number(CreateSmallMsg(NULL, (uint8)item_at(2), item_at(1)));
    else if (strcmp(word, "delete") == 0)
        say_number(DeleteItem(item_at(1)));
    else if (strcmp(word, "find") == 0)
        say_number(FindMsgPort(words[1]));
    else if (strcmp(word, "look") == 0)
        look(item_at(1));
    else
        return FALSE;
    return TRUE;
}

static bool about_messages(const char *word)
{
    if (strcmp(word, "send") == 0)
        say_number(SendMsg(item_at(1), item_at(2), text_at(3), size_of(text_at(3))));
    else if (strcmp(word, "words") == 0)
        say_number(SendSmallMsg(item_at(1), item_at(2), (uint32)item_at(3), (uint32)item_at(4)));
    else if (strcmp(word, "get") == 0)
        say_message(GetMsg(item_at(1)));
    else if (strcmp(word, "wait") == 0)
        say_message(WaitPort(item_at(1), item_at(2)));
    else if (strcmp(word, "count") == 0)
        count(item_at(1));
    else if (strcmp(word, "this") == 0)
        say_message(GetThisMsg(item_at(1)));
    else if (strcmp(word, "reply") == 0)
        say_number(ReplyMsg(item_at(1), item_at(2), text_at(3), size_of(text_at(3))));
    else if (strcmp(word, "replywords") == 0)
        say_number(ReplySmallMsg(item_at(1), item_at(2), (uint32)item_at(3), (uint32)item_at(4)));
    else
        return FALSE;
    return TRUE;
}

static bool about_brokers(const char *word)
{
    if (strcmp(word, "listen") == 0)
        listen_to(item_at(1), item_at(2));
    else if (strcmp(word, "pod") == 0)
        ask_about_pod(item_at(1), item_at(2));
    else if (strcmp(word, "record") == 0)
        hear_record(item_at(1));
    else
        return FALSE;
    return TRUE;
}

static bool about_many(const char *word)
{
    if (strcmp(word, "fill") == 0)
        fill(item_at(1), item_at(2), item_at(3));
    else if (strcmp(word, "drain") == 0)
        drain(item_at(1), item_at(2));
    else if (strcmp(word, "serve") == 0)
        serve(item_at(1), item_at(2), item_at(3));
    else if (strcmp(word, "ask") == 0)
        ask(item_at(1), item_at(2), item_at(3));
    else if (strcmp(word, "poll") == 0)
        poll_port(item_at(1));
    else if (strcmp(word, "busy") == 0)
        be_busy(item_at(1));
    else if (strcmp(word, "watch") == 0)
        watch(item_at(1));
    else if (strcmp(word, "outcome") == 0)
        say_outcome(item_at(1));
    else if (strcmp(word, "mortal") == 0)
        start_mortal(item_at(1));
    else if (strcmp(word, "through") == 0)
        send_through(item_at(1));
    else if (strcmp(word, "fork") == 0)
        fork_child(item_at(1), words[1]);
    else if (strcmp(word, "thread") == 0) {
        elsewhere = item_at(1);
        (void)CreateThread("thread", 0, in_thread, 0);
        (void)WaitSignal(SIGF_DEADTASK);
    } else
        return FALSE;
    return TRUE;
}

int main(void)
{
    char line[512];
    say("ready");
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *rest, *text = line;
        for (int i = 0; i < WORDS_MAX; i++, text = NULL)
            words[i] = i == 0 || words[i - 1] != NULL ? strtok_r(text, " \n", &rest) : NULL;
        if (words[0] == NULL || strcmp(words[0], "exit") == 0)
            return 0;
        if (!about_items(words[0]) && !about_messages(words[0]) && !about_brokers(words[0]) &&
            !about_many(words[0]))
            return 1;
    }
    return 0;
}
