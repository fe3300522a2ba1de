/* What a Linux process gives an mm: pages of chunks that come from mmap(2), nodes of malloc(3), POSIX mutexes, membarrier(2).
 * The contract is in mm.h. */
#include <usermem/spaces/mm.h>

#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---------------------------------------------------------------- pages */

enum { CHUNK_PAGES = 512, CHUNK = CHUNK_PAGES * UM_MM_PAGE };

struct chunk {
	struct chunk *next, **at; /* among those that have free pages */
	unsigned char *memory;
	struct um_mm_page *free;    /* that were used before, by their links */
	unsigned untouched, in_use; /* of the pages: those from `untouched` on are zeroes */
	struct um_mm_page pages[CHUNK_PAGES];
};

static pthread_mutex_t chunks_lock = PTHREAD_MUTEX_INITIALIZER;
static struct chunk *chunks;
static struct chunk *spare; /* one that is not in use is kept, against a process that allocates and frees one page all the time */

static void list(struct chunk *chunk)
{
	chunk->next = chunks;
	chunk->at = &chunks;
	if (chunks)
		chunks->at = &chunk->next;
	chunks = chunk;
}

static void unlist(struct chunk *chunk)
{
	*chunk->at = chunk->next;
	if (chunk->next)
		chunk->next->at = chunk->at;
}

static struct chunk *new_chunk(void)
{
	struct chunk *chunk = aligned_alloc(64, (sizeof *chunk + 63) / 64 * 64);
	void *memory;

	if (!chunk)
		return NULL;
	memory = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		free(chunk);
		return NULL;
	}
	memset(chunk, 0, sizeof *chunk);
	chunk->memory = memory;
	list(chunk);
	return chunk;
}

static void free_chunk(struct chunk *chunk)
{
	munmap(chunk->memory, CHUNK);
	free(chunk);
}

/* A page of the chunk, which has one; *used: it is not zeroes. */
static struct um_mm_page *take_page(struct chunk *chunk, bool *used)
{
	struct um_mm_page *page = chunk->free;

	*used = page != NULL;
	if (page) {
		chunk->free = page->link;
	} else {
		page = &chunk->pages[chunk->untouched];
		page->bytes = chunk->memory + (size_t)chunk->untouched++ * UM_MM_PAGE;
	}
	page->link = chunk;
	if (++chunk->in_use == CHUNK_PAGES)
		unlist(chunk);
	if (chunk == spare)
		spare = NULL;
	return page;
}

static struct um_mm_page *page_alloc(const struct um_mm_provider *provider)
{
	struct um_mm_page *page = NULL;
	struct chunk *chunk;
	bool used = false;

	(void)provider;
	pthread_mutex_lock(&chunks_lock);
	chunk = chunks ? chunks : new_chunk();
	if (chunk)
		page = take_page(chunk, &used);
	pthread_mutex_unlock(&chunks_lock);
	if (used)
		memset(page->bytes, 0, UM_MM_PAGE);
	return page;
}

static void page_free(const struct um_mm_provider *provider, struct um_mm_page *page)
{
	struct chunk *chunk = page->link;

	(void)provider;
	pthread_mutex_lock(&chunks_lock);
	page->link = chunk->free;
	chunk->free = page;
	if (chunk->in_use-- == CHUNK_PAGES)
		list(chunk);
	if (chunk->in_use == 0 && !spare) {
		spare = chunk;
	} else if (chunk->in_use == 0) {
		unlist(chunk);
		free_chunk(chunk);
	}
	pthread_mutex_unlock(&chunks_lock);
}

/* ---------------------------------------------------------------- nodes */

static void *node_alloc(const struct um_mm_provider *provider, size_t size)
{
	(void)provider;
	return size % UM_MM_PAGE == 0 ? aligned_alloc(UM_MM_PAGE, size) : malloc(size);
}

static void node_free(const struct um_mm_provider *provider, void *node, size_t size)
{
	(void)provider;
	(void)size;
	free(node);
}

/* ---------------------------------------------------------------- locks */

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(struct um_mm_lock) && _Alignof(pthread_mutex_t) <= _Alignof(struct um_mm_lock), "a mutex is a lock");

static pthread_mutex_t *mutex_of(struct um_mm_lock *lock)
{
	return (pthread_mutex_t *)(void *)lock->words;
}

static void lock_init(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	(void)provider;
	pthread_mutex_init(mutex_of(lock), NULL);
}

static void lock_end(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	(void)provider;
	pthread_mutex_destroy(mutex_of(lock));
}

static void lock_it(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	(void)provider;
	pthread_mutex_lock(mutex_of(lock));
}

static bool try_lock(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	(void)provider;
	return pthread_mutex_trylock(mutex_of(lock)) == 0;
}

static void unlock(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	(void)provider;
	pthread_mutex_unlock(mutex_of(lock));
}

/* ---------------------------------------------------------------- quiesce */

static int membarrier(int command)
{
	return (int)syscall(SYS_membarrier, command, 0, 0);
}

static void barrier(const struct um_mm_provider *provider)
{
	(void)provider;
	/* A process that is a copy of one that had registered may have to do so again. */
	while (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0)
		membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

static void pause_a_while(const struct um_mm_provider *provider)
{
	(void)provider;
	sched_yield();
}

/* ---------------------------------------------------------------- the provider */

static struct um_mm_provider host = {
	.size = sizeof host,
	.page_alloc = page_alloc,
	.page_free = page_free,
	.node_alloc = node_alloc,
	.node_free = node_free,
	.lock_init = lock_init,
	.lock_end = lock_end,
	.lock = lock_it,
	.try_lock = try_lock,
	.unlock = unlock,
	.pause = pause_a_while,
};

static void look_for_barrier(void)
{
	if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0)
		host.barrier = barrier;
}

const struct um_mm_provider *um_mm_host(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look_for_barrier);
	return &host;
}
