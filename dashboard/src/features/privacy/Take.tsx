import { Button, type ButtonProps } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import type { Refused } from "@/api/client";
import { save } from "./files";

/** A button that takes a file away; what the service refuses is told in its words. */
export function Take({
  label,
  name,
  get,
  ...button
}: { label: string; name: string; get: () => Promise<Blob> } & ButtonProps) {
  const take = useMutation<Blob, Refused>({
    mutationFn: get,
    onSuccess: (content) => save(name, content),
    onError: (error) =>
      notifications.show({
        color: "red",
        title: "Nothing to download",
        message: [error.message, error.fix].filter(Boolean).join(" "),
      }),
  });
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconDownload size={14} aria-hidden />}
      loading={take.isPending}
      onClick={() => take.mutate()}
      {...button}
    >
      {label}
    </Button>
  );
}
