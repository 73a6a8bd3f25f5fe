/* Opens many streams at once and checks that every chunk of every one arrives, in order, and how late.
 *
 *   streams PORT PATH HEADER MODEL STREAMS CHUNKS RAMP_MS DEADLINE_S
 *
 * HEADER is one whole header line (Authorization: ...). Prints one JSON object. The upstream writes "number:monotonic ns" as each chunk's
 * content; same machine, same clock. Lateness of the first chunk is counted from the moment the request was sent.
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
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 4096

typedef enum { HEAD, SIZE, DATA, DATA_END, OVER } Phase;

typedef struct {
    int fd, sent, next, done, wrong, status;
    Phase phase;
    char line[LINE_BYTES], text[LINE_BYTES]; /* protocol line; line of the event stream */
    size_t line_bytes, text_bytes, remaining;
    uint64_t asked;
} Stream;

static Stream *streams;
static int count, expected, port, poller, finished, opened;
static char request[8192];
static size_t request_bytes;
static uint32_t *first_us, *delay_us;
static size_t firsts, delays_seen;
static uint64_t begun, first_arrival, last_arrival;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void finish(Stream *one) {
    if (one->fd < 0) return;
    close(one->fd);
    one->fd = -1;
    finished++;
}

static void open_stream(Stream *one) {
    int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    one->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (one->fd < 0) { finished++; return; }
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(one->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) { finish(one); return; }
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = one};
    epoll_ctl(poller, EPOLL_CTL_ADD, one->fd, &event);
}

static void ask(Stream *one) {
    if (send(one->fd, request, request_bytes, MSG_NOSIGNAL) != (ssize_t)request_bytes) { finish(one); return; }
    one->asked = now_ns();
    one->sent = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    epoll_ctl(poller, EPOLL_CTL_MOD, one->fd, &event);
}

static void note_chunk(Stream *one, const char *content, uint64_t now) {
    int number = 0;
    unsigned long long written = 0;
    if (sscanf(content, "%d:%llu", &number, &written) != 2) return;
    if (number != one->next) one->wrong++;
    one->next = number + 1;
    if (number == 0) first_us[firsts++] = (uint32_t)((now - one->asked) / 1000);
    if (!first_arrival) first_arrival = now;
    last_arrival = now;
    if (delays_seen < (size_t)count * (size_t)expected) delay_us[delays_seen++] = (uint32_t)((now - written) / 1000);
}

static void event_line(Stream *one, uint64_t now) {
    one->text[one->text_bytes] = 0;
    const char *content = strstr(one->text, "\"content\":\"");
    if (!strncmp(one->text, "data: [DONE]", 12)) one->done = 1;
    else if (content) note_chunk(one, content + 11, now);
    one->text_bytes = 0;
}

static void text_byte(Stream *one, char byte, uint64_t now) {
    if (byte == '\n') event_line(one, now);
    else if (one->text_bytes < LINE_BYTES - 1) one->text[one->text_bytes++] = byte;
}

static void protocol_line(Stream *one) {
    one->line[one->line_bytes] = 0;
    if (one->phase == HEAD) {
        if (!one->status && sscanf(one->line, "HTTP/1.1 %d", &one->status) != 1) one->status = -1;
        if (one->line_bytes == 0) one->phase = SIZE;
    } else if (one->phase == SIZE) {
        one->remaining = strtoul(one->line, NULL, 16);
        one->phase = one->remaining ? DATA : OVER;
    } else if (one->phase == DATA_END) one->phase = SIZE;
    one->line_bytes = 0;
}

static void byte_in(Stream *one, char byte, uint64_t now) {
    if (one->phase == DATA) {
        text_byte(one, byte, now);
        if (--one->remaining == 0) one->phase = DATA_END;
    } else if (byte == '\n') protocol_line(one);
    else if (byte != '\r' && one->line_bytes < LINE_BYTES - 1) one->line[one->line_bytes++] = byte;
}

static void readable(Stream *one) {
    char buffer[16384];
    ssize_t got = recv(one->fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) { finish(one); return; }
    uint64_t now = now_ns();
    for (ssize_t i = 0; i < got && one->phase != OVER; i++) byte_in(one, buffer[i], now);
    if (one->phase == OVER || (one->status && one->status != 200)) finish(one);
}

static int ascending(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static double percentile_ms(uint32_t *values, size_t size, double share) {
    if (!size) return -1;
    size_t at = (size_t)(share * (double)(size - 1));
    return values[at] / 1000.0;
}

static void report(void) {
    long lost = 0, complete = 0, refused = 0, disordered = 0;
    for (int i = 0; i < count; i++) {
        Stream *one = &streams[i];
        lost += expected - (one->next < expected ? one->next : expected);
        disordered += one->wrong;
        complete += one->done && one->next == expected && !one->wrong;
        refused += one->status != 200;
    }
    qsort(first_us, firsts, sizeof *first_us, ascending);
    qsort(delay_us, delays_seen, sizeof *delay_us, ascending);
    double seconds = last_arrival > first_arrival ? (double)(last_arrival - first_arrival) / 1e9 : 1;
    printf("{\"streams\":%d,\"complete\":%ld,\"refused\":%ld,\"lost_chunks\":%ld,\"disordered\":%ld,\"chunks\":%zu,\"chunks_per_second\":%.0f,"
           "\"first_p50_ms\":%.2f,\"first_p99_ms\":%.2f,\"delay_p50_ms\":%.2f,\"delay_p99_ms\":%.2f,\"delay_max_ms\":%.2f}\n",
           count, complete, refused, lost, disordered, delays_seen, (double)delays_seen / seconds, percentile_ms(first_us, firsts, 0.5),
           percentile_ms(first_us, firsts, 0.99), percentile_ms(delay_us, delays_seen, 0.5), percentile_ms(delay_us, delays_seen, 0.99),
           percentile_ms(delay_us, delays_seen, 1.0));
}

static void prepare(char **argv) {
    char body[1024];
    sprintf(body, "{\"model\":\"%.200s\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Count, please.\"}]}", argv[4]);
    request_bytes = (size_t)snprintf(request, sizeof request,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", argv[2], port, argv[3], strlen(body), body);
    streams = calloc((size_t)count, sizeof *streams);
    first_us = calloc((size_t)count * 2, sizeof *first_us);
    delay_us = calloc((size_t)count * (size_t)expected, sizeof *delay_us);
}

static void open_due(double ramp_ms) {
    double elapsed_ms = (double)(now_ns() - begun) / 1e6;
    while (opened < count && opened * ramp_ms / count <= elapsed_ms) open_stream(&streams[opened++]);
}

int main(int argc, char **argv) {
    if (argc != 9) { fprintf(stderr, "usage: streams PORT PATH HEADER MODEL STREAMS CHUNKS RAMP_MS DEADLINE_S\n"); return 2; }
    struct rlimit files = {65536, 65536};
    setrlimit(RLIMIT_NOFILE, &files);
    port = atoi(argv[1]);
    count = atoi(argv[5]);
    expected = atoi(argv[6]);
    prepare(argv);
    poller = epoll_create1(0);
    begun = now_ns();
    uint64_t deadline = begun + (uint64_t)(atof(argv[8]) * 1e9);
    struct epoll_event ready[1024];
    while (finished < count && now_ns() < deadline) {
        open_due(atof(argv[7]));
        int events = epoll_wait(poller, ready, 1024, opened < count ? 1 : 100);
        for (int i = 0; i < events; i++) {
            Stream *one = ready[i].data.ptr;
            if (one->fd < 0) continue;
            if (!one->sent && (ready[i].events & EPOLLOUT)) ask(one); else readable(one);
        }
    }
    report();
    return 0;
}
