# lib.sh - what the benchmarks share: CPU time, medians, memory

# cpu_ns - CPU time of all threads of a process so far, nanoseconds
cpu_ns()
{
	cat /proc/"$1"/task/*/schedstat | awk '{ s += $1 } END { printf "%.0f\n", s }'
}

# median - of the numbers on standard input, one a line
median()
{
	sort -n | awk '{ v[NR] = $1 } END {
		m = int((NR + 1) / 2)
		printf "%.3f", NR % 2 ? v[m] : (v[m] + v[m + 1]) / 2 }'
}

# ratio - the median of $1 / $2, round by round
ratio()
{
	paste "$1" "$2" | awk '{ print $1 / $2 }' | median
}

# rss_mb - resident memory of a process
rss_mb()
{
	awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$1/status"
}
