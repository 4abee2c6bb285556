package org.apache.spark.deploy;

import java.util.HashMap;
import java.util.Map;

/** The command line of Spark's standalone daemons: the options that {@code MasterArguments} and {@code WorkerArguments} know. */
public final class Arguments {
  private static final Map<String, String> LONG = new HashMap<>();

  static {
    String[][] names = {
      {"-i", "--host"}, {"--ip", "--host"}, {"-h", "--host"}, {"-p", "--port"}, {"-c", "--cores"}, {"-m", "--memory"},
      {"-d", "--work-dir"}
    };
    for (String[] pair : names) LONG.put(pair[0], pair[1]);
  }

  private final Map<String, String> options = new HashMap<>();
  private String master;

  public Arguments(String[] args) {
    for (int i = 0; i < args.length; i++) {
      if (args[i].startsWith("-")) {
        if (i + 1 == args.length) fail("No value for " + args[i]);
        options.put(LONG.getOrDefault(args[i], args[i]), args[++i]);
      } else {
        master = args[i];
      }
    }
  }

  /** The option, else the variable, else the default. */
  public String get(String option, String variable, String otherwise) {
    String value = options.get(option);
    if (value == null) value = System.getenv(variable);
    return value == null || value.isEmpty() ? otherwise : value;
  }

  public int number(String option, String variable, int otherwise) {
    return Integer.parseInt(get(option, variable, Integer.toString(otherwise)));
  }

  /** Memory as Spark writes it ({@code 512m}, {@code 2G}, a plain number of megabytes), in megabytes. */
  public int megabytes(String option, String variable, String otherwise) {
    String text = get(option, variable, otherwise).toLowerCase().replaceAll("i?b$", "");
    char unit = text.charAt(text.length() - 1);
    if (Character.isDigit(unit)) return Integer.parseInt(text);
    int number = Integer.parseInt(text.substring(0, text.length() - 1));
    return unit == 'g' ? number * 1024 : unit == 't' ? number * 1024 * 1024 : unit == 'k' ? number / 1024 : number;
  }

  /** Host and port of {@code spark://host:port}. */
  public String[] master() {
    if (master == null || !master.startsWith("spark://")) fail("Not a master's address: " + master);
    return master.substring("spark://".length()).split(",")[0].split(":");
  }

  private static void fail(String message) {
    System.err.println(message);
    System.exit(1);
  }
}
