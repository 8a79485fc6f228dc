#include "drivers/sim/points.h"

#include <stdlib.h>
#include <string.h>

/* Where var is, or would be. */
static size_t
points_place(const struct points *points, enum var var)
{
	size_t	low = 0, high = points->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (points->at[middle].var < var)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct point *
points_find(const struct points *points, enum var var)
{
	size_t	i = points_place(points, var);

	return i < points->n && points->at[i].var == var ? &points->at[i] : NULL;
}

static struct point *
points_have(struct points *points, enum var var)
{
	size_t	i = points_place(points, var);

	if (i < points->n && points->at[i].var == var)
		return &points->at[i];
	points->at = array_room(points->at, points->n, &points->room, sizeof *points->at);
	memmove(&points->at[i + 1], &points->at[i], (points->n - i) * sizeof *points->at);
	points->n++;
	points->at[i] = (struct point){ .var = var };
	return &points->at[i];
}

const char *
points_text(const struct points *points, enum var var)
{
	const struct point	*point = points_find(points, var);

	return point == NULL ? NULL : point_text(point);
}

const char *
points_file_text(const struct points *points, enum var var)
{
	const struct point	*point = points_find(points, var);

	return point == NULL ? NULL : point->file;
}

static void
point_keep(char **text, const char *with)
{
	char	*copy = with == NULL ? NULL : xstrdup(with);

	free(*text);
	*text = copy;
}

bool
points_file(struct points *points, enum var var, const char *text)
{
	struct point	*point = points_have(points, var);

	point->told = true;
	if (text == NULL ? point->file == NULL :
	    point->file != NULL && strcmp(point->file, text) == 0)
		return false;
	if ((text == NULL) != (point->file == NULL))
		points->shape++;
	point_keep(&point->file, text);
	point_keep(&point->made, NULL);
	return true;
}

void
points_make(struct points *points, enum var var, const char *text)
{
	point_keep(&points_have(points, var)->made, text);
}

void
points_untold(struct points *points)
{
	size_t	i;

	for (i = 0; i < points->n; i++)
		points->at[i].told = false;
}

void
points_forget_untold(struct points *points)
{
	size_t	i;

	for (i = 0; i < points->n; i++)
		if (!points->at[i].told && points->at[i].file != NULL)
			points_file(points, points->at[i].var, NULL);
}

void
points_free(struct points *points)
{
	size_t	i;

	for (i = 0; i < points->n; i++) {
		free(points->at[i].file);
		free(points->at[i].made);
	}
	free(points->at);
	*points = (struct points){ 0 };
}
