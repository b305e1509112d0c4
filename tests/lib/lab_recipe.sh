# lab_recipe.sh - the recipes of the documents, as the tests run them
#
#   lab_recipe FILE NAME       the lines of the code block that stands below
#                              "<!-- recipe: NAME -->" in docs/FILE

lab_recipe() {
	awk -v name="<!-- recipe: $2 -->" '
		$0 == name { wanted = 1; next }
		wanted && /^```/ { if (inside) exit; inside = 1; next }
		inside' "$MTASTS_SOURCE/docs/$1" >"$T/recipe"
	[ -s "$T/recipe" ] || fail "docs/$1 has no recipe $2"
	cat "$T/recipe"
}
