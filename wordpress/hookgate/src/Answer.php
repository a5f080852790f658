<?php

declare(strict_types=1);

namespace Hookgate;

use WP_REST_Response;

/**
 * What the gate is told. It reads status, code and `Retry-After`; the messages are for whoever looks at the wire.
 */
final class Answer
{
    private const RETRY_PAUSED = 60;
    private const RETRY_CLOSED = 300;
    private const RETRY_NO_WORKFLOW = 300;
    private const RETRY_UNAVAILABLE = 10;

    private int $status;
    private string $code;
    private string $message;
    /** @var array<string, int>|null */
    private ?array $objects = null;
    /** @var array<string, string> */
    private array $headers = [];

    private function __construct(int $status, string $code, string $message)
    {
        $this->status = $status;
        $this->code = $code;
        $this->message = $message;
    }

    /**
     * @param array<string, int> $objects the IDs of what was resolved, by kind
     */
    public static function accepted(array $objects): self
    {
        $answer = new self(200, 'hookgate_accepted', 'Accepted');
        $answer->objects = $objects;
        return $answer;
    }

    /**
     * The answer that an earlier request with the same delivery was given.
     */
    public static function replayed(string $stored): self
    {
        $answer = self::accepted(json_decode($stored, true)['data']['objects'] ?? []);
        $answer->headers = ['idempotent-replayed' => 'true'];
        return $answer;
    }

    public static function objectsNotFound(): self
    {
        return new self(400, 'hookgate_objects_not_found', 'Objects not found');
    }

    public static function malformed(): self
    {
        return new self(400, 'hookgate_malformed', 'Malformed delivery');
    }

    public static function unauthorized(): self
    {
        return new self(401, 'hookgate_unauthorized', 'Authentication failed');
    }

    public static function inProgress(int $seconds): self
    {
        return (new self(409, 'hookgate_in_progress', 'In progress'))->retryAfter($seconds);
    }

    /**
     * How the audit shows that WunderAutomation, asked at its own URL, answered this.
     */
    public static function failedByWunderAutomation(int $status): self
    {
        return new self($status, 'hookgate_wunderautomation_failed', 'Workflow failed');
    }

    public static function workflowFailed(): self
    {
        return new self(500, 'hookgate_workflow_failed', 'Workflow failed');
    }

    public static function noWorkflow(): self
    {
        return (new self(503, 'hookgate_no_workflow', 'No workflow'))->retryAfter(self::RETRY_NO_WORKFLOW);
    }

    public static function closed(): self
    {
        return (new self(503, 'hookgate_closed', 'Closed'))->retryAfter(self::RETRY_CLOSED);
    }

    public static function paused(): self
    {
        return (new self(503, 'hookgate_paused', 'Paused'))->retryAfter(self::RETRY_PAUSED);
    }

    public static function unavailable(): self
    {
        return (new self(503, 'hookgate_unavailable', 'Unavailable'))->retryAfter(self::RETRY_UNAVAILABLE);
    }

    public function status(): int
    {
        return $this->status;
    }

    public function code(): string
    {
        return $this->code;
    }

    public function message(): string
    {
        return $this->message;
    }

    public function json(): string
    {
        return (string) wp_json_encode($this->body());
    }

    public function toResponse(): WP_REST_Response
    {
        return new WP_REST_Response($this->body(), $this->status, $this->headers());
    }

    /**
     * @return array<string, string>
     */
    public function headers(): array
    {
        return $this->headers + ['cache-control' => 'no-store'];
    }

    /**
     * Writes the answer where no response can be returned any more.
     */
    public function send(): void
    {
        if (headers_sent()) {
            return;
        }
        status_header($this->status);
        header('content-type: application/json; charset=UTF-8');
        foreach ($this->headers() as $name => $value) {
            header("{$name}: {$value}");
        }
        echo $this->json();
    }

    private function retryAfter(int $seconds): self
    {
        $this->headers['retry-after'] = (string) $seconds;
        return $this;
    }

    /**
     * @return array<string, mixed>
     */
    private function body(): array
    {
        $data = ['status' => $this->status];
        if ($this->objects !== null) {
            $data['objects'] = (object) $this->objects;
        }
        return ['code' => $this->code, 'message' => $this->message, 'data' => $data];
    }
}
