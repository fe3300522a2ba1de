/* calls [N]: makes N calls (150,000), each third one a stat, an open or a close: something for a tracer to trace. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 150000, i;
	struct stat status;

	for (i = 0; i < n; i += 3) {
		int file;

		if (stat("/etc/passwd", &status) != 0 || (file = open("/etc/passwd", O_RDONLY)) < 0 || close(file) != 0) {
			perror("calls: /etc/passwd");
			return 1;
		}
	}
	return 0;
}
