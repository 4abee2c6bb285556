const requirement =
  '[A-Za-z0-9](?:[\\w.-]*[A-Za-z0-9])?(?:\\[[\\w.,-]+\\])?(?:(?:===?|~=|!=|<=?|>=?)[\\w.*+!-]+(?:,(?:===?|~=|!=|<=?|>=?)[\\w.*+!-]+)*)?';

/** A Python package with versions, as pip reads it; never a flag of pip’s, nor an address that it would fetch. */
export const requirementForm = {
  pattern: new RegExp(`^${requirement}$`),
  words: 'a requirement without spaces, such as pandas>=2.2,<3',
};

/** The same with the condition on the Python or system that a requirements file may give behind it. */
export const conditionalRequirement = new RegExp(
  `^${requirement}(?:;[\\w .,<>=!~'"()+-]{1,300})?$`,
);

/** Maven coordinates, or the URL of a jar. */
export const packageForm = {
  pattern: /^(?:[\w.-]{1,200}:[\w.-]{1,200}:[\w.+-]{1,100}|https?:\/\/[^\s'"\\`$<>]{1,500}\.jar)$/,
  words: 'GROUP:ARTIFACT:VERSION, or the http(s) URL of a .jar',
};

/** The file name of a wheel (PyPA, "Binary distribution format"): name, version, perhaps a build, and for which Pythons it is. */
export const wheelName =
  /^([A-Za-z0-9](?:[\w.]{0,100}))-[\w.!+]{1,60}(?:-\d[\w.]{0,30})?-[\w.]{1,60}-[\w.]{1,60}-[\w.]{1,120}\.whl$/;
