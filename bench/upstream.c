/* A fast fake OpenAI-compatible upstream on loopback: one thread, epoll, HTTP/1.1 keep-alive.
 *
 *   upstream PORT [CHUNKS] [CHUNKS_PER_SECOND] [DELAY_MS]
 *
 * A request whose body asks for "stream":true gets CHUNKS server-sent events at the given rate, each carrying its number and the
 * monotonic time (ns) at which it was written, then a usage event where asked for and [DONE]. Every other one gets one fixed answer of 922 bytes.
 * All intervals are equal, so a first-in first-out list is always in order of time: no timer wheel is needed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_BYTES 922
#define MOST_CONNECTIONS 65536
#define READ_BYTES 65536

typedef struct Connection {
    int fd;
    char *input;
    size_t held, room;
    char *output; /* what the socket did not take yet */
    size_t waiting, output_room;
    int streaming, wants_usage, sent;
    uint64_t due;
    struct Connection *before, *after;
    int queued; /* 0: none, 1: ticks, 2: delays */
} Connection;

typedef struct { Connection *first, *last; } Queue;

static Connection *connections[MOST_CONNECTIONS];
static Queue ticks, delays;
static int chunks = 200, poller;
static uint64_t interval_ns = 50000000, delay_ns = 0;
static char answer[ANSWER_BYTES + 256];
static size_t answer_bytes;
static uint64_t cancelled_streams;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void enqueue(Queue *queue, Connection *one, uint64_t due) {
    one->due = due;
    one->queued = queue == &ticks ? 1 : 2;
    one->after = NULL;
    one->before = queue->last;
    if (queue->last) queue->last->after = one; else queue->first = one;
    queue->last = one;
}

static void dequeue(Connection *one) {
    if (!one->queued) return;
    Queue *queue = one->queued == 1 ? &ticks : &delays;
    if (one->before) one->before->after = one->after; else queue->first = one->after;
    if (one->after) one->after->before = one->before; else queue->last = one->before;
    one->queued = 0;
}

static void prepare_answer(void) {
    char body[ANSWER_BYTES + 1];
    const char *head = "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"bench\","
                       "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"";
    const char *tail = "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":64,\"completion_tokens\":128,\"total_tokens\":192}}";
    size_t fill = ANSWER_BYTES - strlen(head) - strlen(tail);
    memcpy(body, head, strlen(head));
    memset(body + strlen(head), 'a', fill);
    memcpy(body + strlen(head) + fill, tail, strlen(tail));
    body[ANSWER_BYTES] = 0;
    answer_bytes = (size_t)sprintf(answer, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s", ANSWER_BYTES, body);
}

static void drop(Connection *one) {
    if (one->streaming) cancelled_streams++;
    dequeue(one);
    connections[one->fd] = NULL;
    close(one->fd);
    free(one->input);
    free(one->output);
    free(one);
}

static void watch(Connection *one, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = one->fd};
    epoll_ctl(poller, EPOLL_CTL_MOD, one->fd, &event);
}

static void keep(Connection *one, const char *data, size_t bytes) {
    if (one->waiting + bytes > one->output_room) {
        one->output_room = (one->waiting + bytes) * 2;
        one->output = realloc(one->output, one->output_room);
    }
    memcpy(one->output + one->waiting, data, bytes);
    if (!one->waiting) watch(one, EPOLLIN | EPOLLOUT);
    one->waiting += bytes;
}

static int put(Connection *one, const char *data, size_t bytes) {
    ssize_t taken = 0;
    if (!one->waiting) {
        taken = send(one->fd, data, bytes, MSG_NOSIGNAL);
        if (taken < 0 && errno != EAGAIN) return -1;
        if (taken < 0) taken = 0;
    }
    if ((size_t)taken < bytes) keep(one, data + taken, bytes - (size_t)taken);
    return 0;
}

static int flush(Connection *one) {
    ssize_t taken = send(one->fd, one->output, one->waiting, MSG_NOSIGNAL);
    if (taken < 0) return errno == EAGAIN ? 0 : -1;
    memmove(one->output, one->output + taken, one->waiting - (size_t)taken);
    one->waiting -= (size_t)taken;
    if (!one->waiting) watch(one, EPOLLIN);
    return 0;
}

static size_t frame(char *target, const char *event) {
    return (size_t)sprintf(target, "%zx\r\n%s\r\n", strlen(event), event);
}

static int end_stream(Connection *one) {
    char out[1024];
    size_t bytes = 0;
    if (one->wants_usage)
        bytes += frame(out, "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
                            "\"choices\":[],\"usage\":{\"prompt_tokens\":64,\"completion_tokens\":128,\"total_tokens\":192}}\n\n");
    bytes += frame(out + bytes, "data: [DONE]\n\n");
    bytes += (size_t)sprintf(out + bytes, "0\r\n\r\n");
    one->streaming = 0;
    return put(one, out, bytes);
}

static int tick(Connection *one) {
    char event[512], out[600];
    if (one->sent == chunks) return end_stream(one);
    uint64_t due = one->due;
    sprintf(event, "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\"choices\":"
                   "[{\"index\":0,\"delta\":{\"content\":\"%d:%llu\"},\"finish_reason\":null}]}\n\n", one->sent++, (unsigned long long)now_ns());
    if (put(one, out, frame(out, event)) < 0) return -1;
    enqueue(&ticks, one, due + interval_ns);
    return 0;
}

static int start_stream(Connection *one, int wants_usage) {
    static const char head[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    one->streaming = 1;
    one->sent = 0;
    one->wants_usage = wants_usage;
    if (put(one, head, sizeof head - 1) < 0) return -1;
    one->due = now_ns();
    return tick(one);
}

static int asks(const char *body, size_t bytes, const char *tight, const char *loose) {
    return memmem(body, bytes, tight, strlen(tight)) || memmem(body, bytes, loose, strlen(loose));
}

static int reply(Connection *one, const char *body, size_t bytes) {
    if (asks(body, bytes, "\"stream\":true", "\"stream\": true"))
        return start_stream(one, asks(body, bytes, "\"include_usage\":true", "\"include_usage\": true"));
    if (!delay_ns) return put(one, answer, answer_bytes);
    enqueue(&delays, one, now_ns() + delay_ns);
    return 0;
}

static size_t body_length(const char *head, size_t bytes) {
    for (const char *line = head; line < head + bytes;) {
        if (!strncasecmp(line, "content-length:", 15)) return (size_t)strtoul(line + 15, NULL, 10);
        const char *end = memchr(line, '\n', (size_t)(head + bytes - line));
        if (!end) break;
        line = end + 1;
    }
    return 0;
}

/* One request at a time: nobody pipelines. Answers -1 where the connection is over. */
static int take_request(Connection *one) {
    while (one->held && !one->streaming && !one->queued) {
        char *end = memmem(one->input, one->held, "\r\n\r\n", 4);
        if (!end) return 0;
        size_t head = (size_t)(end - one->input) + 4, body = body_length(one->input, head);
        if (one->held < head + body) return 0;
        if (reply(one, one->input + head, body) < 0) return -1;
        memmove(one->input, one->input + head + body, one->held - head - body);
        one->held -= head + body;
    }
    return 0;
}

static int readable(Connection *one) {
    if (one->room < one->held + READ_BYTES + 1) {
        one->room = one->held + READ_BYTES + 1;
        one->input = realloc(one->input, one->room);
    }
    ssize_t got = recv(one->fd, one->input + one->held, READ_BYTES, 0);
    if (got == 0) return -1;
    if (got < 0) return errno == EAGAIN ? 0 : -1;
    one->held += (size_t)got;
    one->input[one->held] = 0;
    return take_request(one);
}

static void welcome(int listener) {
    int fd, yes = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MOST_CONNECTIONS) { close(fd); continue; }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        Connection *one = calloc(1, sizeof *one);
        one->fd = fd;
        connections[fd] = one;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    }
}

static void run_due(Queue *queue) {
    uint64_t now = now_ns();
    while (queue->first && queue->first->due <= now) {
        Connection *one = queue->first;
        dequeue(one);
        int failed = queue == &ticks ? tick(one) : put(one, answer, answer_bytes);
        if (failed < 0 || take_request(one) < 0) drop(one);
    }
}

static int patience_ms(void) {
    uint64_t due = UINT64_MAX, now = now_ns();
    if (ticks.first) due = ticks.first->due;
    if (delays.first && delays.first->due < due) due = delays.first->due;
    if (due == UINT64_MAX) return -1;
    return due <= now ? 0 : (int)((due - now) / 1000000) + 1;
}

static int listen_on(int port) {
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8192) < 0) {
        perror("upstream: listen");
        exit(1);
    }
    return listener;
}

static void handle(const struct epoll_event *event) {
    Connection *one = connections[event->data.fd];
    if (!one) return;
    if ((event->events & EPOLLOUT) && flush(one) < 0) { drop(one); return; }
    if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && readable(one) < 0) drop(one);
}

int main(int argc, char **argv) {
    if (argc < 2) { fprintf(stderr, "usage: upstream PORT [CHUNKS] [CHUNKS_PER_SECOND] [DELAY_MS]\n"); return 2; }
    if (argc > 2) chunks = atoi(argv[2]);
    if (argc > 3) interval_ns = (uint64_t)(1e9 / atof(argv[3]));
    if (argc > 4) delay_ns = (uint64_t)(atof(argv[4]) * 1e6);
    signal(SIGPIPE, SIG_IGN);
    prepare_answer();
    poller = epoll_create1(0);
    int listener = listen_on(atoi(argv[1]));
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[1024];
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(poller, ready, 1024, patience_ms());
        for (int i = 0; i < count; i++)
            if (ready[i].data.fd == listener) welcome(listener); else handle(&ready[i]);
        run_due(&ticks);
        run_due(&delays);
    }
}
