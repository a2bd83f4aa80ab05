// Parts of the tree that documents and compose file name and other branches bring. To be emptied as they arrive, and deleted with the last.

/** Paths from the root of the repository; what is below them counts too. */
export const NOT_MERGED_YET: readonly string[] = ['deploy/images'];
