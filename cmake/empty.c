/* empty.c - stands in for a floor that has no rooms yet */
typedef int mtasts_empty;
