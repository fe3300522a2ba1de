/* Paths, directories, descriptors, offsets and pipes: calls in a row, each of which sees what those before it left. */
#include <asm/ioctls.h>
#include <asm/stat.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/poll.h>

#include "groups.h"
#include "line.h"

enum { NOTHING = 99, HERE = 40, BOTH, READS, WRITES, APPENDS, NEITHER, PIPE_OUT, PIPE_IN, LIMIT = 1024, MANY = 70000 }; /* descriptors, but for the last */

#define CWD CURRENT_FOLDER
#define PATH(text) ADDRESS(text)
#define LONG_255 LONG_64 LONG_64 LONG_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HOW(...) ADDRESS((&(const struct open_how){ __VA_ARGS__ })), sizeof(struct open_how)

/* What a call tells besides its result. */
enum kind { PLAIN, OPENS, READS_BYTES, READS_STAT, READS_FLAGS, POLLS };

struct step {
	const char *name;
	enum kind kind;
	uint64_t number, arguments[6];
};

static uint8_t bytes[MANY], entries[MANY]; /* whose numbers differ from kernel to kernel */
static struct stat status;
static struct pollfd polled[2] = { { PIPE_OUT, -1, 0 }, { PIPE_IN, -1, 0 } };
static const uint64_t no_time[2];

#define OPEN(name, ...) { name, OPENS, __NR_openat, { CWD, __VA_ARGS__ } }
#define OPEN2(name, at, path, ...) { name, OPENS, __NR_openat2, { at, PATH(path), HOW(__VA_ARGS__) } }
#define MKDIR(name, path) { name, PLAIN, __NR_mkdirat, { CWD, PATH(path), 01777 } }
#define RMDIR(name, path) { name, PLAIN, __NR_unlinkat, { CWD, PATH(path), AT_REMOVEDIR } }
#define UNLINK(name, path) { name, PLAIN, __NR_unlinkat, { CWD, PATH(path), 0 } }
#define STAT(name, ...) { name, READS_STAT, __NR_newfstatat, { __VA_ARGS__ } }
#define SEEK(name, fd, ...) { name, PLAIN, __NR_lseek, { fd, __VA_ARGS__ } }
#define READ(name, fd, count) { name, READS_BYTES, __NR_read, { fd, ADDRESS(bytes), count } }
#define WRITE(name, fd, count) { name, PLAIN, __NR_write, { fd, ADDRESS(bytes), count } }
#define FCNTL(name, ...) { name, PLAIN, __NR_fcntl, { __VA_ARGS__ } }
#define POLL(name) { name, POLLS, __NR_ppoll, { ADDRESS(polled), 2, ADDRESS(no_time), 0, 0 } }

static const struct step opens[] = {
	OPEN("missing", PATH("no"), O_RDONLY), OPEN("empty", PATH(""), O_RDONLY), OPEN("made", PATH("new"), O_CREAT | O_RDWR, 06777),
	STAT("made-stat", CWD, PATH("new"), ADDRESS(&status), 0), OPEN("again", PATH("new"), O_CREAT | O_EXCL | O_RDWR, 0600),
	OPEN("slash", PATH("new/"), O_RDONLY), OPEN("under", PATH("new/x"), O_RDONLY), OPEN("make-slash", PATH("new2/"), O_CREAT | O_RDWR, 0600),
	OPEN("make-slash-there", PATH("new/"), O_CREAT | O_RDWR, 0600), OPEN("folder-write", PATH("."), O_RDWR), OPEN("folder-make", PATH("."), O_CREAT),
	OPEN("folder-cut", PATH("."), O_TRUNC), OPEN("up-make", PATH(".."), O_CREAT), OPEN("root-make", PATH("/"), O_CREAT),
	OPEN("root-exclusive", PATH("/"), O_CREAT | O_EXCL), OPEN("no-folder", PATH("new"), O_DIRECTORY), OPEN("folder", PATH("."), O_DIRECTORY),
	OPEN("make-folder", PATH("new"), O_CREAT | O_DIRECTORY), OPEN("link", PATH("/link"), O_RDONLY), OPEN("link-itself", PATH("/link"), O_NOFOLLOW),
	OPEN("link-slash", PATH("/link/"), O_RDONLY), OPEN("link-folder", PATH("/link"), O_NOFOLLOW | O_DIRECTORY),
	OPEN("link-exclusive", PATH("/link"), O_CREAT | O_EXCL), OPEN("direct", PATH("new"), O_DIRECT), OPEN("no-mode", PATH("new"), O_ACCMODE),
	OPEN("beyond-root", PATH("/../.././tmp//files/new"), O_RDONLY), OPEN("through-missing", PATH("no/../new"), O_RDONLY),
	OPEN("through-file", PATH("new/../new"), O_RDONLY), OPEN("long", PATH(LONG_255), O_RDONLY), OPEN("too-long", PATH(LONG_255 "a"), O_RDONLY),
	OPEN("too-long-made", PATH(LONG_255 "a"), O_CREAT | O_RDWR, 0600), OPEN("too-long-under", PATH("no/" LONG_255 "a"), O_RDONLY),
	{ "at-nothing", OPENS, __NR_openat, { NOTHING, PATH("new"), O_RDONLY } }, { "at-file", OPENS, __NR_openat, { BOTH, PATH("new"), O_RDONLY } },
	{ "at-nothing-whole", OPENS, __NR_openat, { NOTHING, PATH("/tmp"), O_RDONLY } }, { "at-folder", OPENS, __NR_openat, { HERE, PATH("new"), O_RDONLY } },
	{ "at-empty", OPENS, __NR_openat, { HERE, PATH(""), O_RDONLY } },
};

static const struct step resolves[] = {
	OPEN2("mode", CWD, "new", .mode = 0600), OPEN2("mode-bits", CWD, "new", .flags = O_CREAT, .mode = 010600), OPEN2("flag", CWD, "new", .flags = 1ull << 40),
	OPEN2("bit-31", CWD, "new", .flags = 1u << 31), OPEN2("resolve", CWD, "new", .resolve = 64),
	OPEN2("both-scopes", CWD, "new", .resolve = RESOLVE_BENEATH | RESOLVE_IN_ROOT), OPEN2("beneath", HERE, "new", .resolve = RESOLVE_BENEATH),
	OPEN2("beneath-root", HERE, "/tmp/files/new", .resolve = RESOLVE_BENEATH), OPEN2("beneath-up", HERE, "../files/new", .resolve = RESOLVE_BENEATH),
	OPEN2("beneath-nothing", NOTHING, "/new", .resolve = RESOLVE_BENEATH), OPEN2("in-root", HERE, "/../../new", .resolve = RESOLVE_IN_ROOT),
	OPEN2("in-root-out", HERE, "/tmp/files/new", .resolve = RESOLVE_IN_ROOT), OPEN2("in-root-nothing", NOTHING, "/new", .resolve = RESOLVE_IN_ROOT),
	OPEN2("links", CWD, "/link", .resolve = RESOLVE_NO_SYMLINKS), OPEN2("cached-cut", CWD, "new", .flags = O_TRUNC | O_RDWR, .resolve = RESOLVE_CACHED),
	OPEN2("make-folder", CWD, "cd", .flags = O_CREAT | O_DIRECTORY, .mode = 0600),
	OPEN2("harmless", CWD, "new", .flags = O_CLOEXEC | O_NOCTTY | O_SYNC | O_NONBLOCK | O_APPEND | O_NOATIME | O_LARGEFILE),
};

static const struct step folders[] = {
	MKDIR("made", "a"), STAT("made-stat", CWD, PATH("a"), ADDRESS(&status), 0), MKDIR("again", "a"), MKDIR("again-slash", "a/"), MKDIR("file", "new/"),
	MKDIR("under-file", "new/b"), MKDIR("under-missing", "no/b"), MKDIR("dot", "."), MKDIR("root", "/"), MKDIR("empty", ""), MKDIR("link", "/link/"),
	MKDIR("too-long", LONG_255 "a"), MKDIR("under", "a/s/"), RMDIR("full", "a"), RMDIR("dot", "a/."), RMDIR("up", "a/.."), RMDIR("root", "/"),
	RMDIR("file", "new"), RMDIR("file-slash", "new/"), RMDIR("missing", "no"), RMDIR("too-long", LONG_255 "a"), RMDIR("under", "a/s/"),
	UNLINK("folder", "a"), UNLINK("folder-slash", "a/"), UNLINK("dot", "."), UNLINK("up", ".."), UNLINK("root", "/"), UNLINK("file-slash", "new/"),
	UNLINK("missing", "no"), UNLINK("missing-slash", "no/"), UNLINK("too-long", LONG_255 "a"), RMDIR("again", "a"), RMDIR("gone", "a"),
	{ "flags", PLAIN, __NR_unlinkat, { CWD, PATH("new"), 1 } }, { "flags-nowhere", PLAIN, __NR_unlinkat, { CWD, 0, 1 } },
	{ "cd-file", PLAIN, __NR_chdir, { PATH("new") } }, { "cd-missing", PLAIN, __NR_chdir, { PATH("no") } }, MKDIR("x", "x"),
	{ "cd", PLAIN, __NR_chdir, { PATH("x") } }, RMDIR("own", "../x"), { "own-name", PLAIN, __NR_getcwd, { ADDRESS(bytes), MANY } },
	OPEN("own-make", PATH("q"), O_CREAT | O_RDWR, 0600), MKDIR("own-make", "q"), OPEN("own", PATH("."), O_RDONLY),
	{ "up", PLAIN, __NR_chdir, { PATH("..") } }, { "name", READS_BYTES, __NR_getcwd, { ADDRESS(bytes), MANY } },
	{ "name-fits", READS_BYTES, __NR_getcwd, { ADDRESS(bytes), 11 } }, { "name-cut", PLAIN, __NR_getcwd, { ADDRESS(bytes), 10 } },
	{ "name-nowhere", PLAIN, __NR_getcwd, { 0, 0 } },
};

static const struct step looks[] = {
	STAT("missing", CWD, PATH("no"), ADDRESS(&status), 0), STAT("slash", CWD, PATH("new/"), ADDRESS(&status), 0),
	STAT("link", CWD, PATH("/link"), ADDRESS(&status), AT_SYMLINK_NOFOLLOW), STAT("link-slash", CWD, PATH("/link/"), ADDRESS(&status), AT_SYMLINK_NOFOLLOW),
	STAT("empty", BOTH, PATH(""), ADDRESS(&status), 0), STAT("empty-path", BOTH, PATH(""), ADDRESS(&status), AT_EMPTY_PATH),
	STAT("empty-path-pipe", PIPE_IN, PATH(""), ADDRESS(&status), AT_EMPTY_PATH), STAT("empty-path-nothing", NOTHING, PATH(""), ADDRESS(&status), AT_EMPTY_PATH),
	STAT("empty-path-here", CWD, PATH(""), ADDRESS(&status), AT_EMPTY_PATH), STAT("at-file", BOTH, PATH("x"), ADDRESS(&status), 0),
	STAT("flags", CWD, 0, ADDRESS(&status), 0x10), { "fstat-nothing", PLAIN, __NR_fstat, { NOTHING, 0 } },
	{ "access", PLAIN, __NR_faccessat, { CWD, PATH("plain"), 6 } }, { "access-execute", PLAIN, __NR_faccessat, { CWD, PATH("plain"), 1 } },
	{ "access-bits", PLAIN, __NR_faccessat, { CWD, PATH("no"), 8 } }, { "access-missing", PLAIN, __NR_faccessat, { CWD, PATH("no"), 0 } },
	{ "access-folder", PLAIN, __NR_faccessat, { CWD, PATH("."), 7 } }, { "readlink-file", PLAIN, __NR_readlinkat, { CWD, PATH("new"), ADDRESS(bytes), 9 } },
	{ "readlink-empty", PLAIN, __NR_readlinkat, { HERE, PATH(""), ADDRESS(bytes), 9 } },
	{ "readlink-empty-nothing", PLAIN, __NR_readlinkat, { NOTHING, PATH(""), ADDRESS(bytes), 9 } },
	{ "list", PLAIN, __NR_getdents64, { HERE, ADDRESS(entries), 23 } }, { "list-negative", PLAIN, __NR_getdents64, { HERE, ADDRESS(entries), 1u << 31 } },
	{ "list-file", PLAIN, __NR_getdents64, { BOTH, 0, 0 } }, { "list-one", PLAIN, __NR_getdents64, { HERE, ADDRESS(entries), 24 } },
	{ "list-two", PLAIN, __NR_getdents64, { HERE, ADDRESS(entries), 24 } }, { "list-rest", PLAIN, __NR_getdents64, { HERE, ADDRESS(entries), MANY } },
	{ "list-end", PLAIN, __NR_getdents64, { HERE, 0, MANY } }, SEEK("list-again", HERE, 0, SEEK_SET), SEEK("list-from-end", HERE, 0, SEEK_END),
	{ "list-all", PLAIN, __NR_getdents64, { HERE, ADDRESS(entries), MANY } },
};

static const struct step offsets[] = {
	WRITE("write", BOTH, 12), SEEK("set", BOTH, 3, SEEK_SET), READ("read", BOTH, 4), SEEK("where", BOTH, 0, SEEK_CUR),
	SEEK("before", BOTH, 0 - 100ull, SEEK_CUR), SEEK("from-end", BOTH, 0 - 3ull, SEEK_END), SEEK("past", BOTH, 1000, SEEK_SET), READ("read-past", BOTH, 4),
	SEEK("whence", BOTH, 0, 9), SEEK("last", BOTH, INT64_MAX, SEEK_SET), SEEK("wraps", BOTH, 1, SEEK_CUR), READ("read-wraps", BOTH, 1),
	READ("read-nothing", BOTH, 0), WRITE("write-wraps", BOTH, 1), SEEK("back", BOTH, 20, SEEK_SET), WRITE("write-hole", BOTH, 2),
	{ "pread", READS_BYTES, __NR_pread64, { BOTH, ADDRESS(bytes), 30, 0 } }, { "cut", PLAIN, __NR_ftruncate, { BOTH, 5 } },
	STAT("cut-stat", BOTH, PATH(""), ADDRESS(&status), AT_EMPTY_PATH), { "cut-negative", PLAIN, __NR_ftruncate, { NOTHING, UINT64_MAX } },
	{ "cut-nothing", PLAIN, __NR_ftruncate, { NOTHING, 0 } }, { "cut-folder", PLAIN, __NR_ftruncate, { HERE, 0 } },
	{ "cut-reader", PLAIN, __NR_ftruncate, { READS, 0 } }, { "cut-pipe", PLAIN, __NR_ftruncate, { PIPE_IN, 0 } },
	{ "grow", PLAIN, __NR_ftruncate, { BOTH, 1ull << 40 } }, { "read-grown", READS_BYTES, __NR_pread64, { BOTH, ADDRESS(bytes), 10, 3 } },
	{ "cut-all", PLAIN, __NR_ftruncate, { BOTH, 0 } }, WRITE("reader", READS, 1), READ("writer", WRITES, 1), READ("neither", NEITHER, 1),
	WRITE("neither", NEITHER, 1), { "reader-count", PLAIN, __NR_write, { READS, 1, UINT64_MAX } }, { "writer-list", PLAIN, __NR_readv, { WRITES, ADDRESS(bytes), 1025 } },
	{ "writer-no-list", PLAIN, __NR_readv, { WRITES, 0, 0 } }, { "list-negative", PLAIN, __NR_preadv, { NOTHING, 0, 0, UINT64_MAX } },
	{ "list-pipe", PLAIN, __NR_preadv, { PIPE_OUT, 0, 1025, 0 } }, READ("folder", HERE, 1), READ("folder-nothing", HERE, 0), WRITE("folder", HERE, 1),
	WRITE("append", APPENDS, 3), { "append-at", PLAIN, __NR_pwrite64, { APPENDS, ADDRESS(bytes), 3, 0 } }, SEEK("append-where", APPENDS, 0, SEEK_CUR),
	SEEK("append-back", APPENDS, 0, SEEK_SET), WRITE("append-nothing", APPENDS, 0), WRITE("append-more", APPENDS, 1), SEEK("append-end", APPENDS, 0, SEEK_CUR),
};

static const struct step descriptors[] = {
	{ "dup", PLAIN, __NR_dup, { NOTHING } }, { "dup3", PLAIN, __NR_dup3, { BOTH, 50, O_CLOEXEC } }, { "dup3-same", PLAIN, __NR_dup3, { BOTH, BOTH, 0 } },
	{ "dup3-flags", PLAIN, __NR_dup3, { NOTHING, 50, 1 } }, { "dup3-nothing", PLAIN, __NR_dup3, { NOTHING, 50, 0 } },
	{ "dup3-far", PLAIN, __NR_dup3, { BOTH, UINT32_MAX, 0 } }, FCNTL("getfd", 50, F_GETFD), FCNTL("setfd", 50, F_SETFD, 2), FCNTL("getfd-set", 50, F_GETFD),
	FCNTL("dupfd", BOTH, F_DUPFD_CLOEXEC, 50), FCNTL("dupfd-getfd", 51, F_GETFD), FCNTL("dupfd-far", BOTH, F_DUPFD, UINT64_MAX),
	FCNTL("unknown", BOTH, 12345), FCNTL("unknown-nothing", NOTHING, 12345), FCNTL("setfl", BOTH, F_SETFL, O_NONBLOCK | O_APPEND | O_CREAT | O_WRONLY),
	{ "getfl", READS_FLAGS, __NR_fcntl, { 50, F_GETFL } }, FCNTL("setfl-none", BOTH, F_SETFL, 0), { "getfl-none", READS_FLAGS, __NR_fcntl, { BOTH, F_GETFL } },
	{ "close", PLAIN, __NR_close, { 51 | 1ull << 32 } }, { "close-again", PLAIN, __NR_close, { 51 } }, { "close-negative", PLAIN, __NR_close, { UINT64_MAX } },
	{ "close-dup", PLAIN, __NR_close, { 50 } }, { "ioctl-file", PLAIN, __NR_ioctl, { BOTH, TCGETS, 0 } }, { "ioctl-folder", PLAIN, __NR_ioctl, { HERE, TIOCGWINSZ, 0 } },
	{ "ioctl-nothing", PLAIN, __NR_ioctl, { NOTHING, TCGETS, 0 } }, { "ioctl-pipe", PLAIN, __NR_ioctl, { PIPE_OUT, TCGETS, 0 } },
};

static const struct step pipes[] = {
	POLL("poll-empty"), READ("read-empty", PIPE_OUT, 1), READ("read-nothing", PIPE_OUT, 0), READ("read-wrong", PIPE_IN, 1), WRITE("write-wrong", PIPE_OUT, 1),
	SEEK("seek", PIPE_OUT, 0, SEEK_SET), { "pread", PLAIN, __NR_pread64, { PIPE_OUT, ADDRESS(bytes), 1, 0 } }, WRITE("write-all", PIPE_IN, MANY),
	WRITE("write-full", PIPE_IN, 1), POLL("poll-full"), READ("read-one", PIPE_OUT, 1), WRITE("write-no-page", PIPE_IN, 1), READ("read-page", PIPE_OUT, 4095),
	WRITE("write-page", PIPE_IN, 5000), READ("read-all", PIPE_OUT, MANY), WRITE("write-few", PIPE_IN, 10), WRITE("write-not-behind", PIPE_IN, 4090),
	WRITE("write-behind", PIPE_IN, 6), READ("read-both", PIPE_OUT, MANY), { "write-wild", PLAIN, __NR_write, { PIPE_IN, WILD, 10 } },
	POLL("poll-wild"), READ("read-wild", PIPE_OUT, 10), POLL("poll-after"), { "close-writer", PLAIN, __NR_close, { PIPE_IN } }, POLL("poll-ended"),
	READ("read-ended", PIPE_OUT, 10), { "close-reader", PLAIN, __NR_close, { PIPE_OUT } },
};

/* No descriptor is left; and then all are again. */
static const struct step full[] = {
	OPEN("made", PATH("full"), O_CREAT | O_RDWR, 0600), OPEN("cut", PATH("plain"), O_TRUNC | O_RDWR), { "dup", PLAIN, __NR_dup, { HERE } },
	FCNTL("dupfd", HERE, F_DUPFD, 3), { "pipe", PLAIN, __NR_pipe2, { ADDRESS(entries), 0 } }, { "dup3", PLAIN, __NR_dup3, { HERE, BOTH, 0 } },
};
static const struct step emptied[] = {
	STAT("made", CWD, PATH("full"), ADDRESS(&status), 0), STAT("cut", CWD, PATH("plain"), ADDRESS(&status), 0), { "dup", PLAIN, __NR_dup, { HERE } },
};

static void tell(const struct step *step, int64_t result)
{
	if (step->kind == OPENS && result >= 0)
		CALL(close, (uint64_t)result);
	if (step->kind == READS_BYTES && result > 0)
		line_effect(bytes, (uint64_t)result);
	if (step->kind == READS_STAT && result == 0) {
		line_effect_number(status.st_mode);
		line_effect_number((status.st_mode & 0170000) == 0040000 ? 0 : (int64_t)status.st_size);
	}
	if (step->kind == POLLS) {
		line_effect_number(polled[0].revents);
		line_effect_number(polled[1].revents);
	}
}

static void run(const char *name, const struct step *steps, size_t count)
{
	int64_t result;
	size_t i;

	for (i = 0; i < count; i++) {
		line_begin("files");
		line_name(name);
		line_name(steps[i].name);
		result = sys_call(steps[i].number, steps[i].arguments);
		tell(&steps[i], result);
		if (steps[i].kind == READS_FLAGS && result >= 0)
			result &= O_ACCMODE | O_APPEND | O_NONBLOCK;
		line_end(result);
	}
}

static void place(int64_t fd, uint64_t number)
{
	CALL(dup3, (uint64_t)fd, number, 0);
	CALL(close, (uint64_t)fd);
}

static void open_files(void)
{
	static const int modes[] = { [BOTH - BOTH] = O_RDWR, [READS - BOTH] = O_RDONLY, [WRITES - BOTH] = O_WRONLY,
		                     [APPENDS - BOTH] = O_WRONLY | O_APPEND, [NEITHER - BOTH] = O_ACCMODE };
	uint64_t i;
	int ends[2];

	CALL(umask, 022);
	CALL(mkdirat, CWD, PATH("/tmp/files"), 0755);
	CALL(chdir, PATH("/tmp/files"));
	place(CALL(openat, CWD, PATH("."), O_RDONLY), HERE);
	for (i = 0; i < sizeof modes / sizeof modes[0]; i++)
		place(CALL(openat, CWD, PATH("plain"), (uint64_t)modes[i] | O_CREAT, 0600), BOTH + i);
	CALL(pipe2, ADDRESS(ends), O_NONBLOCK);
	place(ends[0], PIPE_OUT);
	place(ends[1], PIPE_IN);
	for (i = 0; i < MANY; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
}

#define RUN(steps) run(#steps, steps, sizeof steps / sizeof steps[0])

void try_files(void)
{
	uint64_t fd, first = (uint64_t)CALL(dup, 1);

	CALL(close, first);
	open_files();
	RUN(opens);
	RUN(resolves);
	RUN(folders);
	RUN(looks);
	RUN(offsets);
	RUN(descriptors);
	RUN(pipes);
	while (CALL(dup, HERE) >= 0)
		;
	RUN(full);
	for (fd = BOTH; fd < LIMIT; fd++)
		CALL(close, fd);
	RUN(emptied);
	for (fd = first; fd < LIMIT; fd++)
		CALL(close, fd);
	CALL(chdir, PATH("/"));
}
