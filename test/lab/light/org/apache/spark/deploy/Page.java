package org.apache.spark.deploy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A web UI of a few bytes: whatever is asked for, one answer. Faster to start than any HTTP server. */
public final class Page implements Runnable {
  /** Answers a request. */
  public interface Answer {
    String to(String method, String path, String body);
  }

  private final ServerSocket socket;
  private final Answer answer;

  public Page(String host, int port, Answer answer) throws IOException {
    this.socket = new ServerSocket(port, 50, InetAddress.getByName(host));
    this.answer = answer;
  }

  public int port() {
    return socket.getLocalPort();
  }

  @Override
  public void run() {
    while (true) {
      try {
        Socket client = socket.accept();
        Thread thread = new Thread(() -> serve(client));
        thread.setDaemon(true);
        thread.start();
      } catch (IOException error) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      client.setSoTimeout(10_000);
      BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
      String request = in.readLine();
      if (request == null) return;
      int length = 0;
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine())
        if (line.toLowerCase().startsWith("content-length:")) length = Integer.parseInt(line.substring(15).trim());
      char[] body = new char[length];
      int read = 0;
      while (read < length) {
        int got = in.read(body, read, length - read);
        if (got < 0) break;
        read += got;
      }
      String[] words = request.split(" ");
      String text = answer.to(words[0], words[1], new String(body));
      boolean json = words[1].startsWith("/json");
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      String head = "HTTP/1.1 200 OK\r\nContent-Type: " + (json ? "application/json" : "text/html")
          + ";charset=utf-8\r\nContent-Length: " + bytes.length + "\r\nConnection: close\r\n\r\n";
      client.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      client.getOutputStream().write(bytes);
    } catch (IOException | RuntimeException error) {
      System.err.println("web UI: " + error);
    }
  }
}
