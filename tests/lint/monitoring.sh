#!/bin/sh
# Dashboards and alerts ask for nothing that no program counts: every metric
# they name stands in the source, every label with its value too, and
# dashboards are JSON.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
bad=0
count=0

# fault - of a file: tell it, go on
fault()
{
	echo "$file: $1"
	bad=1
}

# check_name - a metric; histograms are asked for by the names of their parts
check_name()
{
	whole=${1%_bucket}
	[ "$whole" != "$1" ] || whole=$(echo "$1" |
		sed 's/_seconds_\(sum\|count\)$/_seconds/')
	grep -rqs "\"$whole\"" src || fault "no program counts $1"
}

# check_label - NAME=VALUE, in the source name=\"value\"
check_label()
{
	grep -rqs "${1%%=*}=[\\\\]*\"${1#*=}[\\\\]*\"" src ||
		grep -rqs "QUESTION(map, \"${1#*=}\")" src ||
		fault "no program has the label $1"
}

for file in docs/monitoring/*.json docs/monitoring/*.yaml; do
	[ -f "$file" ] || continue
	case $file in
	*.json)
		python3 -c 'import json, sys; json.load(open(sys.argv[1]))' \
			"$file" 2>/dev/null || fault "is no JSON"
		;;
	esac
	for name in $(grep -o 'mtasts_[a-z0-9_]*' "$file" | sort -u); do
		count=$((count + 1))
		check_name "$name"
	done
	for pair in $(sed 's/\\"/"/g' "$file" |
		grep -o '[{,][a-z]*="[a-z0-9-]*"' | sort -u |
		sed 's/^.//; s/"//g'); do
		check_label "$pair"
	done
done
echo "monitoring: $count metrics looked up"
exit $bad
